package casbin_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/outbound/casbin"
	"github.com/netweave/netweave/ports/authz"
)

// The size that the figures are asked for.
const (
	manyTenants     = 1000
	rolesPerTenant  = 100
	permissionsEach = 4
)

// crowd has tenants with many roles of their own beside the shipped ones, and a
// user who holds three of them.
func crowd() content {
	c := content{
		tenants: map[string]o2.TenantStatus{}, users: map[string]bool{}, bound: map[string][]string{}, roles: map[string][]*o2.Role{},
	}
	var shipped []*o2.Role
	for _, r := range casbin.BuiltIn() {
		if !r.System {
			shipped = append(shipped, r)
		}
	}
	for i := range manyTenants {
		tenant := fmt.Sprintf("tenant-%d", i)
		roles := append([]*o2.Role{}, shipped...)
		for j := range rolesPerTenant {
			r := &o2.Role{TenantID: tenant, Name: fmt.Sprintf("role-%d-%d", i, j), Source: o2.RoleFromStore}
			for k := range permissionsEach {
				action := []string{"list", "read", "create", "update"}[k]
				r.Permissions = append(r.Permissions, o2.Permission{Resource: []string{"Resource", "ResourcePool"}[j%2], Action: action, Scope: "tenant"})
			}
			roles = append(roles, r)
		}
		c.tenants[tenant], c.roles[tenant] = o2.TenantActive, roles
		c.users[tenant+"/smo"] = false
		c.bound[tenant+"/smo"] = []string{"viewer", fmt.Sprintf("role-%d-98", i), fmt.Sprintf("role-%d-99", i)}
	}
	return c
}

var (
	asked = authz.Request{Resource: "Resource", Action: authz.ActionRead}
	smo   = scope.New(scope.Identity{Tenant: "tenant-0", User: "smo"})
)

func mustAuthorize(b *testing.B, a *casbin.Authorizer, sc scope.Scope) {
	if got, err := a.Authorize(b.Context(), sc, asked); err != nil || got.Reach() != both {
		b.Fatalf("got reach %d, %v, want %d", got.Reach(), err, both)
	}
}

func BenchmarkCached(b *testing.B) {
	for name, sc := range map[string]scope.Scope{
		"bound":       smo,
		"credentials": scope.New(scope.Identity{Tenant: "tenant-0", User: "new", Roles: []string{"viewer", "operator"}}),
	} {
		b.Run(name, func(b *testing.B) {
			a := authorizer(b, newDirectory(crowd()))
			b.ReportAllocs()
			for b.Loop() {
				mustAuthorize(b, a, sc)
			}
		})
	}
}

func BenchmarkCachedParallel(b *testing.B) {
	a := authorizer(b, newDirectory(crowd()))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mustAuthorize(b, a, smo)
		}
	})
}

// Every question is the first of its epoch; the tenant's roles have not changed.
func BenchmarkUncached(b *testing.B) {
	c := crowd()
	d := newDirectory(c)
	a := authorizer(b, d)
	mustAuthorize(b, a, smo)
	for b.Loop() {
		d.set(c)
		mustAuthorize(b, a, smo)
	}
}

// Every question is the first ever of its tenant: the enforcer is made for it.
func BenchmarkFirst(b *testing.B) {
	c := crowd()
	d := newDirectory(c)
	a := authorizer(b, d)
	i := 0
	for b.Loop() {
		if i == manyTenants {
			b.StopTimer()
			i, a = 0, authorizer(b, d)
			b.StartTimer()
		}
		mustAuthorize(b, a, scope.New(scope.Identity{Tenant: fmt.Sprintf("tenant-%d", i), User: "smo"}))
		i++
	}
}

// BenchmarkHeap reports what is held once every tenant has asked for everything.
func BenchmarkHeap(b *testing.B) {
	for b.Loop() {
		d := newDirectory(crowd())
		before := heap()
		a, err := casbin.New(casbin.Config{Directory: d, Registerer: prometheus.NewRegistry()})
		if err != nil {
			b.Fatal(err)
		}
		for i := range manyTenants {
			sc := scope.New(scope.Identity{Tenant: fmt.Sprintf("tenant-%d", i), User: "smo"})
			for _, resource := range []string{"Resource", "ResourcePool", "ResourceType", "DeploymentManager", "Subscription"} {
				for _, action := range []authz.Action{"list", "read", "create", "update", "delete"} {
					_, _ = a.Authorize(b.Context(), sc, authz.Request{Resource: resource, Action: action})
				}
			}
		}
		after := heap()
		b.ReportMetric(float64(after-before)/(1<<20), "MiB-held")
		runtime.KeepAlive(a)
		runtime.KeepAlive(d)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
