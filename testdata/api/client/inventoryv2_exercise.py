"""Every operation of /o2ims-infrastructureInventory/v2."""

import oran
from calls import check


def exercise(api):
    cloud = api.call("getOCloudInfo")
    check(cloud.global_cloud_id == "18f2dc90-b375-47dd-b8dc-ae80072e6cdb", f"getOCloudInfo: {cloud}")
    oran.versions(api, "getMinorVersions")
    geography(api, oran.inventory(api))
    dictionaries = oran.read(api, "listAlarmDictionaries", "getAlarmDictionary", "alarm_dictionary_id")
    types = api.call("listResourceTypes", all_fields="")
    known = [t for t in types if t.alarm_dictionary_id in [d.alarm_dictionary_id for d in dictionaries]]
    check(known, f"no type has a dictionary: {types}")
    told = api.call("getResourceTypeAlarmDictionary", known[0].resource_type_id)
    check(told.alarm_dictionary_id == known[0].alarm_dictionary_id, f"another dictionary: {told}")
    oran.subscribe(api, "Subscription", "SubscriptionCreate", "subscription_id", twice=409, deleted=204)


def geography(api, pools):
    """Every pool stands at one site, and every site at one location."""
    sites = {s.o_cloud_site_id: s for s in api.call("listOCloudSites", all_fields="")}
    locations = {place.global_location_id: place for place in api.call("listLocations", all_fields="")}
    oran.read(api, "listOCloudSites", "getOCloudSite", "o_cloud_site_id")
    oran.read(api, "listLocations", "getLocation", "global_location_id")
    for pool in pools:
        site = sites[pool.o_cloud_site_id]
        check(pool.resource_pool_id in site.resource_pools, f"{pool} is not at {site}")
        check(site.o_cloud_site_id in locations[site.global_location_id].o_cloud_site_ids, f"{site} is not at its location")
    spare = locations["spare"]
    check(spare.o_cloud_site_ids == [] and spare.coordinate.coordinates == [4.9, 52.4, -2], f"the configured location: {spare}")
    check([(e.ca_type, e.ca_value) for e in spare.civic_address] == [(3, "Amsterdam")], f"the configured location: {spare}")
