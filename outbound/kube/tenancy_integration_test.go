//go:build integration

package kube

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

// tenancy is a client whose server knows the custom resources of tenancy.
func tenancy(t *testing.T) *Client {
	t.Helper()
	if err := server.Tenancy(t.Context()); err != nil {
		t.Fatal(err)
	}
	return connect(t)
}

// running runs a store until the test ends.
func running(t *testing.T, s *Tenancy) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
}

func TestTenancyConforms(t *testing.T) {
	tenancystoretest.Run(t, func(t *testing.T) tenancystoretest.Store {
		c := tenancy(t)
		return tenancystoretest.Store{Records: c.NewTenancy(quiet()), Other: c.NewTenancy(quiet()), Lawful: true}
	})
}

func custom(kind, name string, spec map[string]any) *unstructured.Unstructured {
	u := applied(name, spec)
	u.SetKind(kind)
	return u
}

// lines collects what is logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}

// keys returns what All does, by object name, with the versions.
func keys(t *testing.T, s *Tenancy) map[string]uint64 {
	t.Helper()
	all, _, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]uint64{}
	for _, r := range all {
		name, err := objectName(r.Key)
		if err != nil {
			t.Errorf("%+v: %v", r.Key, err)
		}
		names[string(r.Kind)+" "+name] = r.Version
	}
	return names
}

// TestTenancyByKubectl applies, edits and deletes as kubectl does: each of it is
// a new epoch, and what is not right grants nothing.
func TestTenancyByKubectl(t *testing.T) {
	c, ctx := tenancy(t), t.Context()
	log := &lines{}
	s := c.NewTenancy(slog.New(slog.NewTextHandler(log, nil)))
	running(t, s)
	last, err := s.Epoch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	next := func(what string) {
		t.Helper()
		eventually(t, "a new epoch after "+what, func() bool {
			epoch, err := s.Epoch(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if epoch == last {
				return false
			}
			last = epoch
			return true
		})
	}
	apply := func(kind tenancystore.Kind, u *unstructured.Unstructured) {
		t.Helper()
		if _, err := s.objects(kind).Create(ctx, u, metav1.CreateOptions{}); err != nil {
			t.Fatalf("%s: %v", u.GetName(), err)
		}
		next(u.GetName())
	}
	want := func(what string, want map[string]uint64) {
		t.Helper()
		if got := keys(t, s); !maps.Equal(got, want) {
			t.Errorf("%s there are %v, want %v", what, got, want)
		}
	}
	apply(tenancystore.KindTenant, custom("Tenant", "acme", map[string]any{"tenantId": "acme", "quotas": map[string]any{"maxCpuCores": 1.5}}))
	apply(tenancystore.KindUser, custom("TenantUser", "acme.alice-40example-2eorg", map[string]any{"tenantId": "acme", "userId": "alice@example.org"}))
	apply(tenancystore.KindRole, custom("TenantRole", "watcher", map[string]any{
		"name": "watcher", "permissions": []any{map[string]any{"resource": "*", "action": "read", "scope": "tenant"}},
	}))
	apply(tenancystore.KindRoleBinding, custom("TenantRoleBinding", "acme.alice-40example-2eorg.watcher", map[string]any{
		"tenantId": "acme", "userId": "alice@example.org", "role": "watcher",
	}))
	whole := map[string]uint64{
		"tenant acme": 1, "user acme.alice-40example-2eorg": 1, "role watcher": 1, "rolebinding acme.alice-40example-2eorg.watcher": 1,
	}
	want("in the beginning", whole)
	r, err := s.Get(ctx, tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: "acme"})
	if err != nil || string(r.Data) != `{"quotas":{"maxCpuCores":1.5},"status":"active","tenantId":"acme"}` {
		t.Errorf("the tenant is %s (%v)", r.Data, err)
	}

	// Those who write somebody else's name into the spec get nothing by it.
	apply(tenancystore.KindRoleBinding, custom("TenantRoleBinding", "acme.mallory.watcher", map[string]any{
		"tenantId": "acme", "userId": "root", "role": "watcher",
	}))
	apply(tenancystore.KindTenant, custom("Tenant", "broken", map[string]any{"tenantId": "broken", "quotas": map[string]any{"maxResources": -7}}))
	want("with two that are wrong", whole)
	want("once more", whole)
	for name, said := range map[string]string{
		"acme.mallory.watcher": `want \"acme.root.watcher\", which follows from its spec`, "broken": "maxResources",
	} {
		if n := log.count("name=" + name + " "); n != 1 || log.count(said) != 1 {
			t.Errorf("of %s there are %d lines, want one with %s; all are %s", name, n, said, log.text.String())
		}
	}
	for _, k := range []tenancystore.Key{
		{Kind: tenancystore.KindRoleBinding, Tenant: "acme", Name: "root/watcher"}, {Kind: tenancystore.KindRoleBinding, Tenant: "acme", Name: "mallory/watcher"},
		{Kind: tenancystore.KindTenant, Tenant: "broken"},
	} {
		if got, err := s.Get(ctx, k); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v is %+v (%v), want it not found", k, got, err)
		}
	}

	// kube-apiserver itself keeps who is meant.
	_, err = s.objects(tenancystore.KindUser).Patch(ctx, "acme.alice-40example-2eorg", types.MergePatchType,
		[]byte(`{"spec":{"userId":"root"}}`), metav1.PatchOptions{})
	if err == nil || !strings.Contains(err.Error(), "it cannot be changed") {
		t.Errorf("another userId: %v", err)
	}
	_, err = s.objects(tenancystore.KindTenant).Create(ctx, custom("Tenant", "other", map[string]any{"tenantId": "acme"}), metav1.CreateOptions{})
	if err == nil || !strings.Contains(err.Error(), "metadata.name must be spec.tenantId") {
		t.Errorf("another name than the tenantId: %v", err)
	}

	// An edit is a version, which the API's next one follows on.
	_, err = s.objects(tenancystore.KindUser).Patch(ctx, "acme.alice-40example-2eorg", types.MergePatchType,
		[]byte(`{"spec":{"disabled":true},"metadata":{"labels":{"x":"y"}}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	next("an edit")
	whole["user acme.alice-40example-2eorg"] = 2
	want("after an edit", whole)
	user := tenancystore.Record{
		Key: tenancystore.Key{Kind: tenancystore.KindUser, Tenant: "acme", Name: "alice@example.org"}, Version: 2,
		Data: []byte(`{"tenantId":"acme","userId":"alice@example.org"}`),
	}
	if err := s.Put(ctx, user); !errors.Is(err, tenancystore.ErrConflict) {
		t.Errorf("Put of an old version: %v", err)
	}
	user.Version = 3
	if err := s.Put(ctx, user); err != nil {
		t.Error(err)
	}
	next("a change by the API")
	if err := s.objects(tenancystore.KindRoleBinding).Delete(ctx, "acme.alice-40example-2eorg.watcher", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	next("a deletion")
	if err := c.leases.Delete(ctx, tenancyLease, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	next("the loss of the epoch")
	if _, err := c.leases.Patch(ctx, tenancyLease, types.MergePatchType, []byte(`{"spec":{"holderIdentity":null}}`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	next("an epoch of nobody's")
	delete(whole, "rolebinding acme.alice-40example-2eorg.watcher")
	whole["user acme.alice-40example-2eorg"] = 3
	want("in the end", whole)
}

// TestTenancyUnconfirmed has the epoch fail after a write: the same completes it.
func TestTenancyUnconfirmed(t *testing.T) {
	var failing atomic.Bool
	c := tenancy(t)
	cfg := server.REST()
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if failing.Load() && r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/leases/") {
				return nil, errors.New("planted")
			}
			return next.RoundTrip(r)
		})
	})
	limping, err := ConnectTo(cfg, c.namespace)
	if err != nil {
		t.Fatal(err)
	}
	s, other, ctx := limping.NewTenancy(quiet()), c.NewTenancy(quiet()), t.Context()
	record := func(version uint64, status string) tenancystore.Record {
		return tenancystore.Record{
			Key: tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: "acme"}, Version: version,
			Data: []byte(`{"tenantId":"acme","status":"` + status + `"}`),
		}
	}
	for _, test := range []struct {
		name    string
		failing bool
		by      *Tenancy
		version uint64
		status  string
		want    error
	}{
		{"a new record", true, s, 1, "active", store.ErrUnconfirmed},
		{"the same", true, s, 1, "active", store.ErrUnconfirmed},
		{"another", false, other, 1, "suspended", tenancystore.ErrExists},
		{"the same by another", false, other, 1, "active", nil},
		{"the same once more", false, s, 1, "active", tenancystore.ErrExists},
		{"a second version", true, s, 2, "suspended", store.ErrUnconfirmed},
		{"another second version", true, s, 2, "deleted", tenancystore.ErrConflict},
		{"the same second version", false, s, 2, "suspended", nil},
		{"the same second version once more", false, s, 2, "suspended", tenancystore.ErrConflict},
	} {
		failing.Store(test.failing)
		if err := test.by.Put(ctx, record(test.version, test.status)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	key := record(1, "").Key
	failing.Store(true)
	if err := s.Delete(ctx, key); !errors.Is(err, store.ErrUnconfirmed) {
		t.Errorf("Delete: %v", err)
	}
	failing.Store(false)
	before, err := other.Epoch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Delete again: %v", err)
	}
	if after, err := other.Epoch(ctx); err != nil || after == before {
		t.Errorf("a completed deletion left the epoch %q, %v", after, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTheRoleIsEnoughForTenancy does everything as the service account of
// deploy/kubernetes.
func TestTheRoleIsEnoughForTenancy(t *testing.T) {
	admin, ctx := tenancy(t), t.Context()
	if err := server.Apply(ctx, "role.yaml", admin.namespace); err != nil {
		t.Fatal(err)
	}
	account := server.REST()
	account.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + admin.namespace + ":netweave"}
	c, err := ConnectTo(account, admin.namespace)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Apply(ctx, "example-tenant.yaml", admin.namespace); err != nil {
		t.Fatal(err)
	}
	s := c.NewTenancy(quiet())
	running(t, s)
	eventually(t, "the example to be seen", func() bool { return s.seen.Load() == 5 })
	want := map[string]uint64{
		"tenant smo-alpha": 1, "user smo-alpha.alice-40example-2eorg": 1, "user smo-alpha.bob": 1,
		"rolebinding smo-alpha.alice-40example-2eorg.owner": 1, "rolebinding smo-alpha.bob.viewer": 1,
	}
	if got := keys(t, s); !maps.Equal(got, want) {
		t.Errorf("of the example there are %v, want %v", got, want)
	}
	user := tenancystore.Record{
		Key: tenancystore.Key{Kind: tenancystore.KindUser, Tenant: "smo-alpha", Name: "carol"}, Version: 1, Data: []byte(`{"tenantId":"smo-alpha","userId":"carol"}`),
	}
	if err := s.Put(ctx, user); err != nil {
		t.Error(err)
	}
	user.Version = 2
	if err := s.Put(ctx, user); err != nil {
		t.Error(err)
	}
	if err := s.Delete(ctx, user.Key); err != nil {
		t.Error(err)
	}
}

func TestTenancyWithoutTheDefinition(t *testing.T) {
	const kind = tenancystore.KindTenant
	known := tenancyKinds[kind]
	defer func() { tenancyKinds[kind] = known }()
	unknown := known
	unknown.resource = tenancyResource("nonesuch")
	tenancyKinds[kind] = unknown
	_, _, err := connect(t).NewTenancy(quiet()).All(t.Context())
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errNoTenancy) {
		t.Errorf("got %v, want to be told what to install", err)
	}
}
