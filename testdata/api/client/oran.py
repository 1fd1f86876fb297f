"""What the families of the O-RAN standard have in common: lists are arrays."""

from calls import check

NOBODY = "00000000-0000-4000-8000-000000000000"


def read(api, listed, got, attribute, *parents):
    """Lists a kind of object, reads one, and returns the list."""
    page = api.response(listed, *parents)
    check(page.parsed, f"{listed}: there is none")
    api.response(listed, *parents, if_none_match=page.headers["ETag"], want=304)
    first = getattr(page.parsed[0], attribute)
    api.call(listed, *parents, filter_=["(like,name,x)"], want=400)
    api.call(listed, *parents, fields="nothing", want=400)
    one = api.response(got, *parents, first, all_fields="")
    check(getattr(one.parsed, attribute) == first, f"{got}: {one.parsed}")
    api.response(got, *parents, first, all_fields="", if_none_match=one.headers["ETag"], want=304)
    api.unknown(got, *parents, NOBODY)
    return page.parsed


def subscribe(api, word, model, attribute, twice, deleted):
    """Makes, reads and deletes a subscription; word is in the operations' names."""
    create = api.model(model, {"callback": "http://127.0.0.1:9/", "consumerSubscriptionId": NOBODY})
    made = api.response("create" + word, body=create, want=201)
    check(made.headers["Location"].endswith(getattr(made.parsed, attribute)), f"create{word}: {made.headers}")
    api.call("create" + word, body=create, want=twice)
    read(api, f"list{word}s", "get" + word, attribute)
    api.call("delete" + word, getattr(made.parsed, attribute), want=deleted)
    api.unknown("delete" + word, getattr(made.parsed, attribute))


def versions(api, *operations):
    for operation in operations:
        told = api.call(operation)
        check(told.uri_prefix and told.api_versions, f"{operation}: {told}")


def inventory(api):
    """What both versions of the inventory have; it returns the pools."""
    read(api, "listResourceTypes", "getResourceType", "resource_type_id")
    read(api, "listDeploymentManagers", "getDeploymentManager", "deployment_manager_id")
    pools = read(api, "listResourcePools", "getResourcePool", "resource_pool_id")
    pool = pools[0].resource_pool_id
    for resource in read(api, "listResources", "getResource", "resource_id", pool):
        check(resource.resource_pool_id == pool, f"in the pool {pool}: {resource}")
    api.unknown("listResources", NOBODY)
    return pools
