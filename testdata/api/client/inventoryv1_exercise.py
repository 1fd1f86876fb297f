"""Every operation of /o2ims-infrastructureInventory/v1."""

import oran
from calls import check


def exercise(api):
    cloud = api.call("getOCloudInfo")
    check(cloud.globalcloud_id == "18f2dc90-b375-47dd-b8dc-ae80072e6cdb", f"getOCloudInfo: {cloud}")
    check(cloud.service_uri == "https://o2ims.example.org:443", f"getOCloudInfo: {cloud}")
    oran.versions(api, "getAPIVersions", "getMinorVersions")
    oran.inventory(api)
    oran.subscribe(api, "Subscription", "SubscriptionCreate", "subscription_id", twice=400, deleted=200)
