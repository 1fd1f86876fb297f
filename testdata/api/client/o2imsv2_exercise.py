"""Every operation of /o2ims/v2."""

import time

from calls import check

NOBODY = "00000000-0000-4000-8000-000000000000"


def exercise(api):
    read(api, "DeploymentManager", "deployment_manager_id")
    types = read(api, "ResourceType", "resource_type_id")
    pools = read(api, "ResourcePool", "resource_pool_id")
    resources = read(api, "Resource", "resource_id")

    pool = pools[0].resource_pool_id
    inside = api.call("listPoolResources", pool, filter_=["(neq,name,x)"], sort="-name", page_size=5)
    names = [r.name for r in inside.items]
    check(len(names) == 5 and names == sorted(names, reverse=True), f"resources of {pool}: {names}")
    api.unknown("listPoolResources", NOBODY)
    check(len(api.call("listResources", resource_id=[resources[0].resource_id]).items) == 1, "no resource by its id")
    wrong = api.call("listResources", sort="colour", want=400)
    check("colour" in wrong.detail, f"sorted by what is none: {wrong}")
    told = api.response("getResourcePoolMetrics", pool)
    check(told.parsed.resource_pool_id == pool, f"getResourcePoolMetrics: {told.parsed}")
    api.response("getResourcePoolMetrics", pool, if_none_match=told.headers["ETag"], want=304)

    pools_change(api)
    resources_change(api, pool, types)
    subscriptions(api)


def read(api, kind, attribute):
    """Lists a kind of object, a page of it, and reads one."""
    listed, got = f"list{kind}s", f"get{kind}"
    page = api.response(listed, page_size=1, page=1)
    check(len(page.parsed.items) == 1 and page.parsed.pagination.page_size == 1, f"{listed}: {page.parsed}")
    api.response(listed, page_size=1, page=1, if_none_match=page.headers["ETag"], want=304)
    first = getattr(page.parsed.items[0], attribute)
    one = api.response(got, first, all_fields="")
    check(getattr(one.parsed, attribute) == first, f"{got}: {one.parsed}")
    api.response(got, first, all_fields="", if_none_match=one.headers["ETag"], want=304)
    api.unknown(got, NOBODY)
    whole = api.call(listed, page_size=1000)
    check(whole.pagination.total_count == len(whole.items), f"{listed}: {whole.pagination}")
    return whole.items


def pools_change(api):
    made = api.call("createResourcePool", body=api.model("ResourcePoolCreate", {"name": "by a client", "extensions": {"replicas": 2}}), want=201)
    changed = api.call("updateResourcePool", made.resource_pool_id, body=api.model("ResourcePoolUpdate", {"name": "changed", "description": "by a client"}))
    check((changed.name, changed.description) == ("changed", "by a client"), f"updateResourcePool: {changed}")
    check(wait(api, made.resource_pool_id), "no event of the new pool within 20 s")
    batch = {"create": [{"name": "one"}, {"name": ""}], "delete": [made.resource_pool_id, NOBODY]}
    done = api.call("batchResourcePools", body=api.model("ResourcePoolBatch", batch))
    check([r.status for r in done.create] == [201, 400], f"batchResourcePools: {done}")
    check([r.status for r in done.delete] == [204, 404], f"batchResourcePools: {done}")
    api.call("deleteResourcePool", done.create[0].resource_pool.resource_pool_id, want=204)
    api.unknown("updateResourcePool", NOBODY, body=api.model("ResourcePoolUpdate", {"name": "gone"}))


def wait(api, pool):
    """The events of a pool, which come a moment after the change."""
    for _ in range(200):
        if events := api.call("listResourcePoolEvents", pool).items:
            return events
        time.sleep(0.1)
    return []


def resources_change(api, pool, types):
    create = api.model("ResourceCreate", {"resourcePoolId": pool, "resourceTypeId": types[0].resource_type_id, "name": "by a client"})
    made = api.response("createResource", body=create, idempotency_key="once", want=201)
    again = api.response("createResource", body=create, idempotency_key="once", want=201)
    check(again.parsed == made.parsed and again.headers["Idempotency-Replayed"] == "true", f"created twice: {again}")
    api.call("deleteResource", made.parsed.resource_id, want=204)
    api.unknown("deleteResource", made.parsed.resource_id)


def subscriptions(api):
    create = {"callback": "http://127.0.0.1:9/", "consumerSubscriptionId": "c-1", "filter": {"resourcePoolId": NOBODY}}
    made = api.call("createSubscription", body=api.model("SubscriptionCreate", create), want=201)
    api.call("createSubscription", body=api.model("SubscriptionCreate", create), want=409)
    read(api, "Subscription", "subscription_id")
    changed = api.call("updateSubscription", made.subscription_id, body=api.model("SubscriptionUpdate", {"callback": "http://127.0.0.1:9/other"}))
    check(changed.callback == "http://127.0.0.1:9/other", f"updateSubscription: {changed}")
    batch = {"create": [create, {"callback": "nowhere"}], "delete": [made.subscription_id]}
    done = api.call("batchSubscriptions", body=api.model("SubscriptionBatch", batch))
    check([r.status for r in done.create] == [201, 400] and [r.status for r in done.delete] == [204], f"batchSubscriptions: {done}")
    api.call("deleteSubscription", done.create[0].subscription.subscription_id, want=204)
    api.unknown("deleteSubscription", made.subscription_id)
