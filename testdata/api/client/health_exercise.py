"""What probes and scrapers ask."""

from calls import check


def exercise(api):
    check(api.call("healthz").status == "ok", "it is not well")
    check(api.call("readyz").status == "ready", "it is not ready")
    check(api.call("version").version, "it has no version")
    check("netweave_build_info" in api.call("metrics"), "there are no metrics")
