"""What belongs to no API: the versions, and their documentation."""

from calls import check


def exercise(api):
    versions = api.call("listVersions").versions
    check("/o2ims/v1" in [v.base for v in versions], f"listVersions: {versions}")
    check("<html" in api.call("showOverview"), "the overview is no page")
    for version in [v for v in versions if v.status != "planned"]:
        label = version.reference.removeprefix("/docs/")
        check("<html" in api.call("showReference", label), f"the reference of {label} is no page")
        document = api.call("getDocument", version.documents.json.removeprefix("/docs/openapi/"))
        check(document["openapi"].startswith("3.0."), f"the document of {label}")
        check(all(path.startswith(version.base) or path.endswith("/api_versions") for path in document["paths"]), f"{label} has another's paths")
    check("{" in api.call("getAsset", "docs.css"), "the style is none")
    api.unknown("showReference", "other")
    api.unknown("getDocument", "other.json")
    api.unknown("getAsset", "other.css")
