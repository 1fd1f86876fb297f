"""Every operation of /admin/v1."""

import os

import httpx
from calls import check

NOBODY = "00000000-0000-4000-8000-000000000000"


def exercise(api):
    tenants(api)
    roles(api)
    adapters(api)
    dead_letters(api)
    plan = api.call("explainRoute", create='{"name":"rack-7"}')
    check(plan.adapters == ["lab"], f"a pool goes to {plan}")
    api.call("explainRoute", filter_="(eq,name,x)", create="{}", want=400)
    check(api.call("getConfiguration").version, "the configuration has no version")
    entries = api.call("listAuditEntries", tenant_id="platform", user_id="root", resource="Tenant", limit=3).items
    check(len(entries) == 3 and all(e.resource == "Tenant" for e in entries), f"the audit log: {entries}")


def tenants(api):
    made = api.call("createTenant", body=api.model("TenantCreate", {"tenantId": "smo-a", "name": "SMO A", "settings": {"Zone": "1"}}), want=201)
    check(made.settings.to_dict() == {"Zone": "1"}, f"createTenant: {made}")
    api.call("createTenant", body=api.model("TenantCreate", {"tenantId": "smo-a"}), want=409)
    check("smo-a" in [t.tenant_id for t in api.call("listTenants", limit=10).items], "the tenant is not listed")
    check(api.call("getTenant", "smo-a").name == "SMO A", "the tenant has another name")
    check(api.call("updateTenant", "smo-a", body=api.model("TenantUpdate", {"name": "A"})).name == "A", "the tenant is not renamed")
    users(api)
    check(api.call("setQuotas", "smo-a", body=api.model("Quotas", {"maxResources": 7, "maxCpuCores": 1.5})).limits.max_resources == 7, "no quota")
    check(api.call("getQuotas", "smo-a").source == "tenant", "the quotas are not the tenant's")
    api.call("resetQuotas", "smo-a", want=204)
    check(api.call("getQuotas", "smo-a").source == "default", "the quotas are not the default")
    api.call("deleteTenant", "smo-a", want=204)
    api.unknown("getTenant", "smo-b")


def users(api):
    api.call("createUser", "smo-a", body=api.model("UserCreate", {"userId": "alice", "displayName": "Alice"}), want=201)
    check(api.call("updateUser", "smo-a", "alice", body=api.model("UserUpdate", {"email": "a@example.org"})).email == "a@example.org", "no e-mail")
    bound = api.call("createRoleBinding", "smo-a", "alice", body=api.model("RoleBindingCreate", {"role": "operator"}), want=201)
    check((bound.user_id, bound.role) == ("alice", "operator"), f"createRoleBinding: {bound}")
    check(api.call("getUser", "smo-a", "alice").roles == ["operator"], "the user is no operator")
    check([b.role for b in api.call("listRoleBindings", "smo-a", "alice").items] == ["operator"], "no binding is listed")
    api.call("deleteRoleBinding", "smo-a", "alice", "operator", want=204)
    check([u.user_id for u in api.call("listUsers", "smo-a").items] == ["alice"], "the user is not listed")
    api.call("deleteUser", "smo-a", "alice", want=204)
    api.unknown("getUser", "smo-a", "alice")


def roles(api):
    keeper = {"name": "pool-keeper", "tenantId": "*", "permissions": [{"resource": "ResourcePool", "action": "manage", "scope": "tenant"}]}
    check(api.call("createRole", body=api.model("RoleCreate", keeper), want=201).source == "store", "the role is not of the store")
    check("viewer" in [r.name for r in api.call("listRoles", tenant_id="*").items], "no viewer among the roles")
    keeper["description"] = "keeps pools"
    api.call("updateRole", "pool-keeper", tenant_id="*", body=api.model("RoleUpdate", keeper))
    check(api.call("getRole", "pool-keeper", tenant_id="*").description == "keeps pools", "the role is as before")
    api.call("deleteRole", "pool-keeper", tenant_id="*", want=204)
    api.unknown("getRole", "pool-keeper", tenant_id="*")


def adapters(api):
    check([a.name for a in api.call("listAdapters").items] == ["lab"], "there is another adapter")
    check(api.call("pauseAdapter", "lab", body=api.model("Pause", {"reason": "by a client"})).health == "paused", "the adapter is not paused")
    check(not api.call("resumeAdapter", "lab").paused, "the adapter is paused still")
    api.call("resyncAdapter", "lab", want=202)
    check("resource-pool-create" in api.call("getAdapter", "lab").capabilities, "the mock creates no pools")
    api.unknown("getAdapter", "other")


def dead_letters(api):
    made = httpx.post(
        api.url + "/o2ims/v1/subscriptions",
        headers={"Authorization": "Bearer " + os.environ["NETWEAVE_TOKEN"]},
        json={"callback": "http://127.0.0.1:9/"},
    )
    check(made.status_code == 201, f"subscribe: {made.text}")
    subscription = made.json()["subscriptionId"]
    check(api.call("listDeadLetters", subscription).items == [], "there are dead letters")
    check(api.call("redeliverDeadLetters", subscription, body=api.model("Redelivery", {}), want=202).count == 0, "some are redelivered")
    check(api.call("purgeDeadLetters", subscription, position=[1]).count == 0, "some are purged")
    api.unknown("listDeadLetters", NOBODY)
