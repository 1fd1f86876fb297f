package httpserver_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// stock is an inventory in memory: the driving ports as the core keeps them,
// without backends.
type stock struct {
	mu        sync.Mutex
	objects   map[o2.Kind]map[o2.ID]*entry
	freshness inventory.Freshness
	ready     bool
	statuses  []inventory.BackendStatus
	recent    inventory.Recent
	// err, if set, is every method's answer; fault makes every read panic.
	err   error
	fault any
	// entered, if set, is called at the start of every write.
	entered func(ctx context.Context)
	// pool and resource are the last specs that were given.
	pool     inventory.ResourcePoolSpec
	resource inventory.ResourceSpec
	callers  []scope.Scope
}

type entry struct {
	object  o2.Object
	encoded [][]byte // by shape
}

func (e *entry) Object() o2.Object                    { return e.object }
func (e *entry) Encoded(shape inventory.Shape) []byte { return e.encoded[shape] }

func newStock(objects ...o2.Object) *stock {
	s := &stock{objects: map[o2.Kind]map[o2.ID]*entry{}, ready: true}
	for _, k := range o2.InventoryKinds() {
		s.objects[k] = map[o2.ID]*entry{}
	}
	for _, o := range objects {
		s.put(o)
	}
	return s
}

// projections encode objects as every family shows them.
var projections = httpserver.Projections(newSky())

func (s *stock) put(o o2.Object) *entry {
	o2.Seal(o)
	e := &entry{object: o}
	for _, project := range projections {
		e.encoded = append(e.encoded, project(o))
	}
	s.objects[o.Kind()][o.Head().ID] = e
	return e
}

// enter takes the lock; the caller gives it back.
func (s *stock) enter(sc scope.Scope) error {
	s.mu.Lock()
	s.callers = append(s.callers, sc)
	if s.fault != nil {
		defer s.mu.Unlock()
		panic(s.fault)
	}
	return s.err
}

func (s *stock) List(_ context.Context, sc scope.Scope, q inventory.Query) (inventory.Page, error) {
	err := s.enter(sc)
	defer s.mu.Unlock()
	if err != nil {
		return inventory.Page{}, err
	}
	type placed struct {
		key string
		id  o2.ID
	}
	compare := func(a, b placed) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(string(a.id), string(b.id)))
	}
	after, total := placed{q.Key, q.After}, 0
	var found []placed
	for id, e := range s.objects[q.Kind] {
		if !sc.Within(scope.ReachTenant).Sees(e.object.Head().Tenant) || !q.Filter.Match(e.object) {
			continue
		}
		total++
		if p := (placed{string(q.Order.AppendKey(nil, e.object)), id}); q.After == "" || compare(p, after) > 0 {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, compare)
	found = found[min(q.Offset, len(found)):]
	ids := make([]o2.ID, len(found))
	for i, p := range found {
		ids[i] = p.id
	}
	page := inventory.Page{Freshness: s.freshness, More: len(ids) > q.Limit, Total: total}
	h := sha256.New()
	fmt.Fprint(h, page.More)
	for _, id := range ids[:min(q.Limit, len(ids))] {
		e := s.objects[q.Kind][id]
		page.Items = append(page.Items, e)
		h.Write(e.object.Head().Digest[:])
	}
	page.Digest = o2.Digest(h.Sum(nil)[:16])
	return page, nil
}

func (s *stock) Get(_ context.Context, sc scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, inventory.Freshness, error) {
	err := s.enter(sc)
	defer s.mu.Unlock()
	if err != nil {
		return nil, inventory.Freshness{}, err
	}
	e, ok := s.objects[kind][id]
	if !ok || !sc.Within(scope.ReachTenant).Sees(e.object.Head().Tenant) {
		return nil, inventory.Freshness{}, inventory.ErrNotFound
	}
	return e, s.freshness, nil
}

func (s *stock) Recent(_ context.Context, sc scope.Scope, pool o2.ID) (inventory.Recent, error) {
	err := s.enter(sc)
	defer s.mu.Unlock()
	if err != nil {
		return inventory.Recent{}, err
	}
	if _, ok := s.objects[o2.KindResourcePool][pool]; !ok {
		return inventory.Recent{}, inventory.ErrNotFound
	}
	return s.recent, nil
}

func (s *stock) Ready() bool { return s.ready }

func (s *stock) Statuses() []inventory.BackendStatus { return s.statuses }

func (s *stock) write(ctx context.Context, sc scope.Scope) error {
	if s.entered != nil {
		s.entered(ctx)
	}
	if err := ctx.Err(); err != nil {
		s.mu.Lock()
		return err
	}
	return s.enter(sc)
}

// pools and resources are the stock as the ports that change it.
type (
	pools     struct{ *stock }
	resources struct{ *stock }
)

func (s pools) Create(ctx context.Context, sc scope.Scope, spec inventory.ResourcePoolSpec) (inventory.Item, error) {
	err := s.write(ctx, sc)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s.pool = spec
	return s.put(poolOf(o2.DeriveID("fake", spec.Name), sc.Tenant(), spec)), nil
}

func (s pools) Update(ctx context.Context, sc scope.Scope, id o2.ID, spec inventory.ResourcePoolSpec) (inventory.Item, error) {
	err := s.write(ctx, sc)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if _, ok := s.objects[o2.KindResourcePool][id]; !ok {
		return nil, inventory.ErrNotFound
	}
	s.pool = spec
	return s.put(poolOf(id, sc.Tenant(), spec)), nil
}

func (s pools) Delete(ctx context.Context, sc scope.Scope, id o2.ID) error {
	return s.remove(ctx, sc, o2.KindResourcePool, id)
}

func (s resources) Create(ctx context.Context, sc scope.Scope, spec inventory.ResourceSpec) (inventory.Item, error) {
	err := s.write(ctx, sc)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s.resource = spec
	return s.put(&o2.Resource{
		Header: o2.Header{
			ID: o2.DeriveID("fake", spec.Name), NativeID: spec.Name, Backend: "fake", Tenant: sc.Tenant(),
			Name: spec.Name, Description: spec.Description, Extensions: spec.Extensions,
		},
		ResourceTypeID: spec.ResourceTypeID, ResourcePoolID: spec.ResourcePoolID, ParentID: spec.ParentID,
		GlobalAssetID: spec.GlobalAssetID, Tags: spec.Tags,
	}), nil
}

func (s resources) Delete(ctx context.Context, sc scope.Scope, id o2.ID) error {
	return s.remove(ctx, sc, o2.KindResource, id)
}

func (s *stock) remove(ctx context.Context, sc scope.Scope, kind o2.Kind, id o2.ID) error {
	err := s.write(ctx, sc)
	defer s.mu.Unlock()
	if err != nil {
		return err
	}
	if _, ok := s.objects[kind][id]; !ok {
		return inventory.ErrNotFound
	}
	delete(s.objects[kind], id)
	return nil
}

func poolOf(id o2.ID, tenant string, spec inventory.ResourcePoolSpec) *o2.ResourcePool {
	return &o2.ResourcePool{
		Header: o2.Header{
			ID: id, NativeID: spec.Name, Backend: "fake", Tenant: tenant,
			Name: spec.Name, Description: spec.Description, Extensions: spec.Extensions,
		},
		OCloudID: spec.OCloudID, Location: spec.Location, GlobalLocationID: spec.GlobalLocationID,
	}
}

// rights permits all but the actions in it, written "action Kind".
type rights []string

func (denied rights) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if asked := string(r.Action) + " " + r.Resource; !sc.Valid() || slices.Contains(denied, asked) {
		return scope.Scope{}, fmt.Errorf("%w: %s is not permitted", authz.ErrDenied, strings.Replace(asked, " ", " on ", 1))
	}
	return sc.Within(scope.ReachTenant), nil
}

// The site that most tests are about: two pools, a type, a manager and some
// resources of the first pool.
const (
	poolA   = o2.ID("aaaaaaaa-0000-4000-8000-000000000001")
	poolB   = o2.ID("aaaaaaaa-0000-4000-8000-000000000002")
	typeA   = o2.ID("bbbbbbbb-0000-4000-8000-000000000001")
	manager = o2.ID("cccccccc-0000-4000-8000-000000000001")
	absent  = "dddddddd-0000-4000-8000-00000000000f"
)

func resourceID(n int) o2.ID { return o2.ID(fmt.Sprintf("eeeeeeee-0000-4000-8000-%012d", n)) }

func head(id o2.ID, name string, ext o2.JSON) o2.Header {
	return o2.Header{
		ID: id, NativeID: name, Backend: "fake", Tenant: scope.DefaultTenant,
		Name: name, Description: "the " + name, Extensions: ext,
	}
}

func site(resourceCount int) *stock {
	s := newStock(
		&o2.DeploymentManager{
			Header: head(manager, "cluster-a", ""), OCloudID: "ocloud-1", ServiceURI: "https://cluster-a.example.com:6443",
			SupportedLocations: []string{"site-a"}, Capacity: `{"nodes":3}`,
		},
		&o2.ResourcePool{Header: head(poolA, "edge", `{"nativeId":"ms/edge","replicas":3}`), OCloudID: "ocloud-1", Location: "site-a"},
		&o2.ResourcePool{Header: head(poolB, "core", `{"nativeId":"ms/core","replicas":1}`), OCloudID: "ocloud-1", Location: "site-b"},
		&o2.ResourceType{Header: head(typeA, "m5.large", ""), Vendor: "acme", Model: "m5", Version: "1"},
	)
	for n := range resourceCount {
		s.put(&o2.Resource{
			Header:         head(resourceID(n), fmt.Sprintf("node-%d", n), `{"nativeId":"node/x","zone":"z1"}`),
			ResourceTypeID: typeA, ResourcePoolID: poolA, Tags: []string{"edge"},
		})
	}
	s.statuses = []inventory.BackendStatus{{
		Info:   backend.Info{Name: "cluster-a", Type: "kubernetes", State: backend.StateRunning},
		Synced: true, Objects: [o2.KindCount]int{1, 2, resourceCount, 1},
	}}
	return s
}
