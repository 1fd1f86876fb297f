package authz

import "github.com/netweave/netweave/core/o2"

// The scopes of permissions: to whose objects they extend.
const (
	ScopeTenant = "tenant"
	ScopeShared = "shared"
	ScopeAll    = "all"
)

// Actions returns those that callers ask for; ActionManage is none of them.
func Actions() []Action {
	return []Action{ActionList, ActionRead, ActionCreate, ActionUpdate, ActionDelete}
}

// Resources returns the nouns of the permission model; Everything is none of them.
func Resources() []string {
	kinds := o2.Kinds()
	list := make([]string, 0, len(kinds)+10)
	for _, k := range kinds {
		list = append(list, k.String())
	}
	return append(list, Subscription, Tenant, User, Role, Quota, AuditLog, Adapter, Configuration, Route, AlarmService)
}

// Scopes returns the scopes, the narrowest first.
func Scopes() []string { return []string{ScopeTenant, ScopeShared, ScopeAll} }

// OfGateway reports whether a resource is no tenant's but the gateway's own: only a
// permission for everything, whose scope is ScopeAll, extends to it.
func OfGateway(resource string) bool {
	return resource == Adapter || resource == Configuration || resource == Route || resource == AlarmService
}
