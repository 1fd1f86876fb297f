package tenancy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/quota/quotatest"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

var (
	root  = scope.New(scope.Identity{Platform: true, User: "root"})
	alice = scope.New(scope.Identity{Tenant: "red", User: "alice"})
	bob   = scope.New(scope.Identity{Tenant: "red", User: "bob"})
	eve   = scope.New(scope.Identity{Tenant: "blue", User: "eve"})
)

// begin is the first time of the rig's clock, which moves a second each time.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func builtIn() []*o2.Role {
	all := func(resource, action string) o2.Permission {
		return o2.Permission{Resource: resource, Action: action, Scope: "all"}
	}
	own := func(resource, action string) o2.Permission {
		return o2.Permission{Resource: resource, Action: action, Scope: "tenant"}
	}
	return []*o2.Role{
		{Name: "platform-admin", System: true, Permissions: []o2.Permission{all("*", "manage")}},
		{Name: "tenant-admin", System: true, Permissions: []o2.Permission{all("Tenant", "manage"), all("User", "manage"), all("Role", "manage"), all("Quota", "manage")}},
		{Name: "auditor", System: true, Permissions: []o2.Permission{all("AuditLog", "list"), all("AuditLog", "read")}},
		{Name: "owner", Permissions: []o2.Permission{own("*", "manage"), {Resource: "ResourcePool", Action: "read", Scope: "shared"}}},
		{Name: "admin", Permissions: []o2.Permission{own("User", "manage"), own("Role", "manage"), own("ResourcePool", "manage"), own("Tenant", "read")}},
		{Name: "operator", Permissions: []o2.Permission{own("ResourcePool", "manage"), own("Resource", "manage"), own("Subscription", "manage")}},
		{Name: "viewer", Permissions: []o2.Permission{own("ResourcePool", "list"), own("ResourcePool", "read")}},
	}
}

// policy decides by a directory alone.
type policy struct{ dir tenancy.Directory }

func (p policy) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if reach := p.reach(sc.Home(), sc.User(), r); reach != 0 {
		return sc.Within(reach), nil
	}
	return scope.Scope{}, fmt.Errorf("%w: %s of %s", authz.ErrDenied, r.Action, r.Resource)
}

func (p policy) reach(home, user string, r authz.Request) (reach scope.Reach) {
	roles := map[string]*o2.Role{}
	for _, role := range p.dir.Roles(home) {
		roles[role.Name] = role
	}
	for _, name := range p.dir.RolesOf(home, user) {
		role := roles[name]
		if role == nil {
			continue
		}
		for _, permission := range role.Permissions {
			if permission.Resource != "*" && permission.Resource != r.Resource || permission.Action != "manage" && permission.Action != string(r.Action) {
				continue
			}
			reach |= map[string]scope.Reach{"tenant": scope.ReachTenant, "shared": scope.ReachShared, "all": scope.ReachAll}[permission.Scope]
		}
	}
	return reach
}

// log keeps what is logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count returns how many lines have all of these texts.
func (l *log) count(texts ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
lines:
	for line := range strings.Lines(l.text.String()) {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue lines
			}
		}
		n++
	}
	return n
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Context() context.Context
	Helper()
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// rig is one process with stores in memory.
type rig struct {
	*Service
	store  *tenancystoretest.Memory
	bus    *bustest.Memory
	quotas *quotatest.Memory
	subs   *subscriptionstoretest.Memory
	log    *log
	clock  time.Time
}

func newRig(t tester) *rig {
	t.Helper()
	return rigOn(t, &tenancystoretest.Memory{}, &bustest.Memory{})
}

// rigOn is another process on a store and a bus.
func rigOn(t tester, store *tenancystoretest.Memory, b *bustest.Memory) *rig {
	t.Helper()
	r := &rig{
		store: store, bus: b, quotas: &quotatest.Memory{}, subs: subscriptionstoretest.NewMemory(&eventlogtest.Memory{}),
		log: &log{}, clock: begin,
	}
	logger := slog.New(slog.NewTextHandler(r.log, nil))
	dir, err := NewDirectory(DirectoryConfig{
		Store: store, Bus: b, BuiltIn: builtIn(), PlatformAdmins: []string{"root"}, Log: logger,
		DefaultQuotas: &o2.Quotas{ResourcePools: 10, Resources: 100, Subscriptions: 5, CPUMillis: -1, MemoryBytes: -1, StorageBytes: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Service, err = New(Config{
		Directory: dir, Store: store, Bus: b, Authorizer: policy{dir}, Quotas: r.quotas, Subscriptions: r.subs,
		MaxUsers: 6, MaxRoles: 4, Log: logger,
		Now: func() time.Time { r.clock = r.clock.Add(time.Second); return r.clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// twoTenants has alice own red, where bob holds no role, and eve own blue.
func twoTenants(t tester) *rig {
	t.Helper()
	r := newRig(t)
	for _, id := range []string{"red", "blue"} {
		_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: id})
		must(t, err)
	}
	r.member(t, "red", "alice", "owner")
	r.member(t, "red", "bob")
	r.member(t, "blue", "eve", "owner")
	return r
}

// member makes a user with roles.
func (r *rig) member(t tester, tenant, user string, roles ...string) {
	t.Helper()
	_, err := r.CreateUser(t.Context(), root, tenant, tenancy.UserSpec{ID: user})
	must(t, err)
	for _, role := range roles {
		r.bind(t, tenant, user, role)
	}
}

func (r *rig) bind(t tester, tenant, user, role string) {
	t.Helper()
	_, err := r.Bind(t.Context(), root, tenant, user, role)
	must(t, err)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError wants an error that wraps a sentinel, nil for none.
func wantError(t tester, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// wantField wants an error about an attribute.
func wantField(t tester, what string, got error, attribute string) {
	t.Helper()
	var field *o2.FieldError
	if !errors.As(got, &field) || field.Attribute != attribute {
		t.Errorf("%s: got %v, want an error about %s", what, got, attribute)
	}
}

// plant stores a record as it is.
func plant(t tester, s tenancystore.Store, key tenancystore.Key, data string) {
	t.Helper()
	must(t, s.Put(context.Background(), tenancystore.Record{Key: key, Version: 1, Data: []byte(data)}))
}

func loggerTo(l *log) *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
