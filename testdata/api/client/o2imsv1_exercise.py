"""Every operation of /o2ims/v1."""

from calls import check

NOBODY = "00000000-0000-4000-8000-000000000000"


def exercise(api):
    read(api, "DeploymentManager", "deployment_manager_id")
    types = read(api, "ResourceType", "resource_type_id")
    pools = read(api, "ResourcePool", "resource_pool_id")
    resources = read(api, "Resource", "resource_id")

    pool = pools[0].resource_pool_id
    inside = api.call("listPoolResources", pool, filter_=["(neq,name,x)"], exclude_fields="tags", limit=5).items
    check(len(inside) == 5 and all(r.resource_pool_id == pool for r in inside), f"resources of {pool}: {inside}")
    api.unknown("listPoolResources", NOBODY)
    check(len(api.call("listResources", filter_=[f"(eq,resourceId,{resources[0].resource_id})"]).items) == 1, "no resource by its id")
    wrong = api.call("listResources", filter_=["(like,name,x)"], want=400)
    check("like" in wrong.detail, f"a filter with no operator: {wrong}")

    pools_change(api)
    resources_change(api, pool, types)
    subscriptions(api)


def read(api, kind, attribute):
    """Lists a kind of object, pages through it, and reads one."""
    listed, got = f"list{kind}s", f"get{kind}"
    page = api.response(listed, limit=1)
    check(len(page.parsed.items) == 1, f"{listed}: {page.parsed}")
    api.response(listed, limit=1, if_none_match=page.headers["ETag"], want=304)
    first = getattr(page.parsed.items[0], attribute)
    one = api.response(got, first, all_fields="")
    check(getattr(one.parsed, attribute) == first, f"{got}: {one.parsed}")
    api.response(got, first, all_fields="", if_none_match=one.headers["ETag"], want=304)
    api.unknown(got, NOBODY)
    return api.call(listed).items


def pools_change(api):
    made = api.call("createResourcePool", body=api.model("ResourcePoolCreate", {"name": "by a client", "extensions": {"replicas": 2}}), want=201)
    api.call("createResourcePool", body=api.model("ResourcePoolCreate", {"name": ""}), want=400)
    changed = api.call("updateResourcePool", made.resource_pool_id, body=api.model("ResourcePoolUpdate", {"name": "changed", "description": "by a client"}))
    check((changed.name, changed.description) == ("changed", "by a client"), f"updateResourcePool: {changed}")
    api.call("deleteResourcePool", made.resource_pool_id, want=204)
    api.unknown("deleteResourcePool", made.resource_pool_id)
    api.unknown("updateResourcePool", made.resource_pool_id, body=api.model("ResourcePoolUpdate", {"name": "gone"}))


def resources_change(api, pool, types):
    create = api.model("ResourceCreate", {"resourcePoolId": pool, "resourceTypeId": types[0].resource_type_id, "name": "by a client"})
    made = api.response("createResource", body=create, idempotency_key="once", want=201)
    again = api.response("createResource", body=create, idempotency_key="once", want=201)
    check(again.parsed == made.parsed and again.headers["Idempotency-Replayed"] == "true", f"created twice: {again}")
    api.call("deleteResource", made.parsed.resource_id, want=204)
    api.unknown("deleteResource", made.parsed.resource_id)


def subscriptions(api):
    create = api.model("SubscriptionCreate", {"callback": "http://127.0.0.1:9/", "consumerSubscriptionId": "c-1", "filter": {"resourcePoolId": NOBODY}})
    made = api.call("createSubscription", body=create, want=201)
    api.call("createSubscription", body=create, want=409)
    read(api, "Subscription", "subscription_id")
    changed = api.call("updateSubscription", made.subscription_id, body=api.model("SubscriptionUpdate", {"callback": "http://127.0.0.1:9/other"}))
    check(changed.callback == "http://127.0.0.1:9/other" and changed.subscription_id == made.subscription_id, f"updateSubscription: {changed}")
    api.call("deleteSubscription", made.subscription_id, want=204)
    api.unknown("deleteSubscription", made.subscription_id)
    api.unknown("updateSubscription", made.subscription_id, body=api.model("SubscriptionUpdate", {"callback": "http://127.0.0.1:9/"}))
