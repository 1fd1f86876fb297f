package inventory

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// ledger writes down what is asked of quotas; a full one refuses.
type ledger struct {
	lines []string
	full  error
}

func (l *ledger) Reserve(_ context.Context, tenant string, wanted o2.Amounts) (quota.Reservation, error) {
	l.note("reserve", tenant, wanted)
	return entryOf{l, tenant}, l.full
}

func (l *ledger) Adjust(_ context.Context, tenant string, delta o2.Amounts) {
	l.note("adjust", tenant, delta)
}

func (l *ledger) note(what, tenant string, a o2.Amounts) {
	l.lines = append(l.lines, fmt.Sprintf("%s %s %d", what, tenant, a.Each()))
}

type entryOf struct {
	l      *ledger
	tenant string
}

func (e entryOf) Settle(_ context.Context, taken o2.Amounts) { e.l.note("settle", e.tenant, taken) }
func (e entryOf) Release(context.Context)                    { e.l.lines = append(e.l.lines, "release "+e.tenant) }

// metered attaches a backend with a pool of acme's, number 7 with two servers of
// type 91, and one of the platform's, number 8.
func metered(t *testing.T, l *ledger, change ...func(*Config)) (*Service, *fake) {
	s, b := writable(t, append([]func(*Config){multiTenant, func(c *Config) { c.Quotas = l }}, change...)...)
	server := func(n int, extensions o2.JSON) *o2.Resource {
		return resource(n, owned("acme"), in(rid(7), rid(91)), func(r *o2.Resource) { r.Extensions = extensions })
	}
	v := s.shelf.view("b")
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	v.put([]o2.Object{
		pool(7, "b", func(p *o2.ResourcePool) { p.Tenant, p.Extensions = "acme", `{"replicas":2}` }),
		labelled(resourceType(91, "b"), "acme"), server(71, `{"k8s.capacity":{"cpu":"2","memory":"1Ki"}}`), server(72, ""),
	})
	return s, b
}

func TestWritesAreCharged(t *testing.T) {
	acme := scope.New(scope.Identity{Tenant: "acme"})
	failure := func(code error) error { return &backend.Error{Backend: "b", Source: backend.SourceBackend, Code: code} }
	createPool := func(sc scope.Scope, extensions o2.JSON) func(*Service) error {
		return func(s *Service) error {
			_, err := s.ResourcePools().Create(t.Context(), sc, inventory.ResourcePoolSpec{Name: "n", Extensions: extensions})
			return err
		}
	}
	createSized := func(extensions o2.JSON) func(*Service) error {
		return func(s *Service) error {
			_, err := s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: rid(7), ResourceTypeID: rid(91), Extensions: extensions})
			return err
		}
	}
	createResource := createSized("")
	updatePool := func(extensions o2.JSON) func(*Service) error {
		return func(s *Service) error {
			_, err := s.ResourcePools().Update(t.Context(), acme, rid(7), inventory.ResourcePoolSpec{Name: "n", Extensions: extensions})
			return err
		}
	}
	gone := failure(backend.ErrNotFound)
	deleted := func(do func(*Service) error) func(*Service) error { // which is no error although gone is
		return func(s *Service) error {
			if err := do(s); err != nil {
				return errors.New("deleting what is gone: " + err.Error())
			}
			return gone
		}
	}
	updateHollow := func(extensions o2.JSON) func(*Service) error { // which says that it has five, and has none
		return func(s *Service) error {
			v := s.shelf.view("b")
			v.shelf.mu.Lock()
			v.put([]o2.Object{pool(6, "b", func(p *o2.ResourcePool) { p.Tenant, p.Extensions = "acme", `{"k8s.machineset.replicas":5}` })})
			v.shelf.mu.Unlock()
			_, err := s.ResourcePools().Update(t.Context(), acme, rid(6), inventory.ResourcePoolSpec{Name: "n", Extensions: extensions})
			return err
		}
	}
	for name, tt := range map[string]struct {
		do    func(*Service) error
		fails error
		want  []string
	}{
		"a pool":                                {createPool(acme, ""), nil, []string{"reserve acme [1 0 0 0 0 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool of three":                       {createPool(acme, `{"replicas":3}`), nil, []string{"reserve acme [1 3 0 6000 3072 0]", "settle acme [1 3 0 6000 3072 0]"}},
		"a pool of a known type":                {createPool(acme, `{"instanceType":"native-91","replicas":3}`), nil, []string{"reserve acme [1 3 0 6000 3072 0]", "settle acme [1 3 0 6000 3072 0]"}},
		"a pool as others are":                  {createPool(acme, `{"type":"template"}`), nil, []string{"reserve acme [1 5 0 10000 5120 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool after one":                      {createPool(acme, `{"template":"p9"}`), nil, []string{"reserve acme [1 4 0 8000 4096 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool after one in a namespace":       {createPool(acme, `{"template":"ns/p9"}`), nil, []string{"reserve acme [1 4 0 8000 4096 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool after its own":                  {createPool(acme, `{"template":"native-12"}`), nil, []string{"reserve acme [1 1 0 2000 1024 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool after none":                     {createPool(acme, `{"template":"other"}`), nil, []string{"reserve acme [1 5 0 10000 5120 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool after several":                  {createPool(acme, `{"template":{"name":"p9"}}`), nil, []string{"reserve acme [1 5 0 10000 5120 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool of none":                        {createPool(acme, `{"replicas":0,"template":"p9"}`), nil, []string{"reserve acme [1 0 0 0 0 0]", "settle acme [1 0 0 0 0 0]"}},
		"a pool that is refused":                {createPool(acme, ""), failure(backend.ErrConflict), []string{"reserve acme [1 0 0 0 0 0]", "release acme"}},
		"a pool of no backend":                  {createPool(acme, ""), failure(backend.ErrUnavailable), []string{"reserve acme [1 0 0 0 0 0]", "release acme"}},
		"a pool nobody knows of":                {createPool(acme, ""), failure(backend.ErrTimeout), []string{"reserve acme [1 0 0 0 0 0]"}},
		"a pool of no sense":                    {createPool(acme, ""), failure(backend.ErrBroken), []string{"reserve acme [1 0 0 0 0 0]"}},
		"a pool, and it is late":                {createPool(acme, ""), context.DeadlineExceeded, []string{"reserve acme [1 0 0 0 0 0]"}},
		"the platform's pool":                   {createPool(platform, `{"replicas":3}`), nil, nil},
		"a resource":                            {createResource, nil, []string{"reserve acme [0 1 0 2000 1024 0]", "settle acme [0 1 0 2000 1024 0]"}},
		"a resource that belittles itself":      {createSized(`{"k8s.capacity":{"cpu":"0","memory":"1"}}`), nil, []string{"reserve acme [0 1 0 2000 1024 0]", "settle acme [0 1 0 2000 1024 0]"}},
		"a resource that is larger":             {createSized(`{"k8s.capacity":{"cpu":"3","storage":"7"}}`), nil, []string{"reserve acme [0 1 0 3000 1024 7]", "settle acme [0 1 0 2000 1024 0]"}},
		"a pool of a type without machines":     {createPool(acme, `{"instanceType":"other","replicas":3}`), nil, []string{"reserve acme [1 3 0 6000 3072 0]", "settle acme [1 3 0 6000 3072 0]"}},
		"a resource, refused":                   {createResource, failure(backend.ErrInvalid), []string{"reserve acme [0 1 0 2000 1024 0]", "release acme"}},
		"a larger pool":                         {updatePool(`{"replicas":5}`), nil, []string{"reserve acme [0 3 0 6000 3072 0]", "settle acme [0 3 0 6000 3072 0]"}},
		"a larger pool, refused":                {updatePool(`{"replicas":5}`), failure(backend.ErrInvalid), []string{"reserve acme [0 3 0 6000 3072 0]", "release acme"}},
		"a larger pool, perhaps":                {updatePool(`{"replicas":5}`), failure(backend.ErrTimeout), []string{"reserve acme [0 3 0 6000 3072 0]"}},
		"a smaller pool":                        {updatePool(`{"replicas":1}`), nil, []string{"adjust acme [0 -1 0 -2000 -1024 0]"}},
		"a smaller pool, refused":               {updatePool(`{"replicas":1}`), failure(backend.ErrInvalid), nil},
		"a pool larger than it seems":           {updateHollow(`{"replicas":5}`), nil, []string{"reserve acme [0 5 0 10000 5120 0]", "settle acme [0 5 0 10000 5120 0]"}},
		"another name of one that seems larger": {updateHollow(""), nil, nil},
		"another name":                          {updatePool(""), nil, nil},
		"a resource gone":                       {func(s *Service) error { return s.Resources().Delete(t.Context(), acme, rid(71)) }, nil, []string{"adjust acme [0 -1 0 -2000 -1024 0]"}},
		"one that told no size":                 {func(s *Service) error { return s.Resources().Delete(t.Context(), acme, rid(72)) }, nil, []string{"adjust acme [0 -1 0 -2000 -1024 0]"}},
		// Another process may have deleted it, and given it back.
		"a resource that was gone": {deleted(func(s *Service) error { return s.Resources().Delete(t.Context(), acme, rid(71)) }), gone, nil},
		"a pool that was gone":     {deleted(func(s *Service) error { return s.ResourcePools().Delete(t.Context(), acme, rid(7)) }), gone, nil},
		"a pool gone":              {func(s *Service) error { return s.ResourcePools().Delete(t.Context(), acme, rid(7)) }, nil, []string{"adjust acme [-1 -2 0 -4000 -2048 0]"}},
		"a pool not gone":          {func(s *Service) error { return s.ResourcePools().Delete(t.Context(), acme, rid(7)) }, failure(backend.ErrConflict), nil},
		"the platform's gone":      {func(s *Service) error { return s.ResourcePools().Delete(t.Context(), platform, rid(8)) }, nil, nil},
		"what is not there":        {func(s *Service) error { return s.ResourcePools().Delete(t.Context(), acme, rid(8)) }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				s, b := metered(t, l)
				if strings.HasPrefix(name, "a pool a") || name == "a pool of none" { // there is something to make it after
					v := s.shelf.view("b")
					v.shelf.mu.Lock()
					v.put([]o2.Object{
						pool(9, "b", func(p *o2.ResourcePool) { p.Extensions = `{"k8s.machineset.name":"p9","k8s.machineset.replicas":4}` }),
						pool(10, "b", func(p *o2.ResourcePool) { p.Extensions = `{"k8s.machinedeployment.replicas":5}` }),
						pool(12, "b", func(p *o2.ResourcePool) {
							p.Tenant, p.Name, p.Extensions = "acme", "other", `{"k8s.machineset.name":"mine","k8s.machineset.replicas":1}`
						}),
						pool(11, "b", func(p *o2.ResourcePool) { p.Tenant, p.Extensions = "bolt", `{"k8s.machineset.replicas":99}` }),
					})
					v.shelf.mu.Unlock()
				}
				create, update := b.create, b.update
				b.create = func(o o2.Object, refs backend.ResourceRefs) (o2.Object, error) {
					made, err := create(o, refs)
					if p, ok := made.(*o2.ResourcePool); ok { // which is as it was asked for
						p.Extensions = o.Head().Extensions
						o2.Seal(p)
					}
					return made, errors.Join(err, tt.fails)
				}
				b.update = func(p *o2.ResourcePool) (*o2.ResourcePool, error) {
					if tt.fails != nil {
						return nil, tt.fails
					}
					return update(p)
				}
				b.del = func(string) error { return tt.fails }
				if err := tt.do(s); tt.fails != nil && !errors.Is(err, tt.fails) {
					t.Errorf("error %v, want the backend's", err)
				}
				if !slices.Equal(l.lines, tt.want) {
					t.Errorf("%q, want %q", l.lines, tt.want)
				}
			})
		})
	}
}

// TestAFullQuotaStopsTheWrite before the backend hears of it.
func TestAFullQuotaStopsTheWrite(t *testing.T) {
	acme := scope.New(scope.Identity{Tenant: "acme"})
	full := errors.New("no room")
	for name, do := range map[string]func(*Service) error{
		"pool": func(s *Service) error {
			_, err := s.ResourcePools().Create(t.Context(), acme, inventory.ResourcePoolSpec{Name: "n"})
			return err
		},
		"resource": func(s *Service) error {
			_, err := s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: rid(7), ResourceTypeID: rid(91)})
			return err
		},
		"replicas": func(s *Service) error {
			_, err := s.ResourcePools().Update(t.Context(), acme, rid(7), inventory.ResourcePoolSpec{Name: "n", Extensions: `{"replicas":3}`})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b := metered(t, &ledger{full: full})
				if err := do(s); !errors.Is(err, full) || len(b.calls) != 0 {
					t.Errorf("error %v after the calls %q", err, b.calls)
				}
			})
		})
	}
}

// TestNobodyMakesAnothersSizes: a tenant that gives its resources a size says
// nothing of what another's take.
func TestNobodyMakesAnothersSizes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		s, _ := metered(t, l)
		v := s.shelf.view("b")
		v.shelf.mu.Lock()
		v.put([]o2.Object{
			resource(73, owned("bolt"), in(rid(7), rid(91)), func(r *o2.Resource) { r.Extensions = `{"mock.cpu.cores":1000000}` }),
		})
		v.shelf.mu.Unlock()
		_, err := s.Resources().Create(t.Context(), scope.New(scope.Identity{Tenant: "acme"}), inventory.ResourceSpec{ResourcePoolID: rid(7), ResourceTypeID: rid(91)})
		must(t, err)
		if want := "reserve acme [0 1 0 2000 1024 0]"; l.lines[0] != want {
			t.Errorf("%q, want %q", l.lines[0], want)
		}
	})
}

func TestCount(t *testing.T) {
	s := service(multiTenant, func(c *Config) { c.Quotas = &ledger{} })
	sized := func(extensions o2.JSON) func(*o2.Resource) { return func(r *o2.Resource) { r.Extensions = extensions } }
	const one = o2.JSON(`{"k8s.capacity":{"cpu":"1","memory":"10","storage":"100"}}`)
	stocked(s, "a",
		pool(1, "a", func(p *o2.ResourcePool) { p.Tenant = "acme" }), pool(2, "a", func(p *o2.ResourcePool) { p.Tenant = "acme" }),
		pool(3, "a"), pool(4, "a", func(p *o2.ResourcePool) { p.Tenant = "*" }),
		resource(11, of("a"), owned("acme"), sized(one)), resource(12, of("a"), owned("acme")), resource(13, of("a"), owned("acme"), in(rid(1), rid(9001))),
		resource(14, of("a"), sized(one)), resource(15, of("a"), owned("platform"), sized(one)), resource(16, of("a"), owned("crab"), in("", "")))
	stocked(s, "b", resource(21, owned("acme"), sized(one)), resource(22, owned("bolt"), sized(`{"mock.cpu.cores":2}`)))
	want := map[string]o2.Amounts{
		"acme": {ResourcePools: 2, Resources: 4, CPUMillis: 3000, MemoryBytes: 30, StorageBytes: 300},
		"bolt": {Resources: 1, CPUMillis: 2000},
		"crab": {Resources: 1},
	}
	if got := s.Count(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, tenant := range []string{"acme", "bolt", "crab", "none"} {
		if got := s.CountOf(tenant); got != want[tenant] {
			t.Errorf("%s alone has %+v, want %+v", tenant, got, want[tenant])
		}
	}
}

// TestCountingIsQuick: 100,000 resources of a hundred tenants.
func TestCountingIsQuick(t *testing.T) {
	s := service(multiTenant, func(c *Config) { c.Quotas = &ledger{} })
	const many = 100_000
	objects := make([]o2.Object, many)
	for n := range objects {
		objects[n] = resource(n, owned(fmt.Sprintf("tenant-%d", n%100)), in(rid(n%1000), rid(n%50)), func(r *o2.Resource) {
			r.Extensions = o2.JSON(fmt.Sprintf(`{"k8s.capacity":{"cpu":"%d"}}`, n%8))
		})
	}
	stocked(s, "b", objects...)
	best := time.Hour
	for range 5 {
		began := time.Now()
		if got := len(s.Count()); got != 100 {
			t.Fatalf("%d tenants", got)
		}
		best = min(best, time.Since(began))
	}
	if best > 100*time.Millisecond {
		t.Errorf("it took %v, want less than 100 ms", best)
	}
	t.Logf("it took %v", best)
}
