"""Every operation of /alertmanager/v1."""

import os

import httpx
from calls import check


def exercise(api):
    pools = httpx.get(api.url + "/o2ims/v1/resources?limit=1", headers={"Authorization": "Bearer " + os.environ["NETWEAVE_TOKEN"]})
    resource = pools.json()["items"][0]["resourceId"]
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "instance": resource, "severity": "critical"},
        "annotations": {"summary": "The disk is full"},
        "startsAt": "2026-11-28T09:00:00Z",
        "fingerprint": "0011223344556677",
    }
    nowhere = alert | {"labels": alert["labels"] | {"instance": "nowhere"}, "fingerprint": "8899aabbccddeeff"}
    notification = api.model("Notification", {"version": "4", "alerts": [alert, nowhere], "status": "firing", "receiver": "netweave"})
    told = api.call("receiveAlerts", "prometheus", body=notification)
    check(told.taken == 1, f"receiveAlerts: {told}")
    check([(r.index, r.fingerprint) for r in told.refused] == [(1, "8899aabbccddeeff")], f"receiveAlerts: {told}")
    api.unknown("receiveAlerts", "other", body=notification)
