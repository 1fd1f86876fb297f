package sdktest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// TestMain lets the test binary be a plugin when a host starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv(wire.Handshake.MagicCookieKey) == wire.Handshake.MagicCookieValue {
		sdk.Serve(sdk.Info{Name: "cluster", Version: "test"}, func(_ context.Context, _ sdk.Host, _ struct{}) (sdk.Backend, error) {
			return newCluster(), nil
		})
	}
	goleak.VerifyTestMain(m)
}

func TestAGoodPluginPasses(t *testing.T) {
	RunPlugin(t, os.Args[0], struct{}{}, Options{ReadOnly: true})
}

func TestAGoodBackendPasses(t *testing.T) {
	Run(t, func(testing.TB) sdk.Backend { return newCluster() }, Options{})
}

func TestAGoodBackendWithAllThereIsPasses(t *testing.T) {
	Run(t, func(testing.TB) sdk.Backend { return newAlarming() }, Options{})
}

func TestReadOnlyLeavesWritesOut(t *testing.T) {
	c := newCluster()
	Run(t, func(testing.TB) sdk.Backend { return c }, Options{ReadOnly: true})
	if c.n != 0 {
		t.Errorf("%d objects were created", c.n)
	}
}

// The broken backends below are a good one with one method gone wrong.
type (
	duplicates struct{ *cluster }
	nameless   struct{ *cluster }
	unlike     struct{ *cluster }
	unstable   struct {
		*cluster
		calls *int
	}
	plainError  struct{ *cluster }
	nilObject   struct{ *cluster }
	dangling    struct{ *cluster }
	allTenants  struct{ *cluster }
	unstoppable struct{ *cluster }
	truncating  struct{ *cluster }
	sickly      struct{ *cluster }
	renaming    struct{ *cluster }
	unlisted    struct{ *cluster }
	lenient     struct{ *cluster }
	nobodys     struct{ *cluster }
	losing      struct{ *cluster }
	giving      struct{ *cluster }
	picky       struct{ *cluster }
	idle        struct{ *cluster }
	keeping     struct{ *cluster }
	forgiving   struct{ *cluster }
	moving      struct{ *cluster }
	unsynced    struct{ *cluster }
	partial     struct{ *cluster }
	silent      struct{ *cluster }
	nilEnding   struct{ *cluster }
	deaf        struct{ *cluster }
	quitter     struct{ *cluster }
	unbegun     struct{ *cluster }
)

func (b duplicates) ListResources(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return sdk.List([]*sdk.Resource{b.items["p0-r0"], b.items["p0-r0"]}, nil)
}

func (b nameless) ListResourcePools(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return sdk.List([]*sdk.ResourcePool{{Meta: sdk.Meta{ID: "p0"}}}, nil)
}

func (b unlike) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	p, err := b.cluster.GetResourcePool(ctx, id)
	if err != nil {
		return nil, err
	}
	other := *p
	other.Location = "elsewhere"
	return &other, nil
}

func (b unstable) ListResourceTypes(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	*b.calls++
	id := fmt.Sprint("t", *b.calls)
	return sdk.List([]*sdk.ResourceType{{Meta: sdk.Meta{ID: id, Name: id}}}, nil)
}

func (b plainError) GetResource(context.Context, string) (*sdk.Resource, error) {
	return nil, errors.New("404")
}

func (b nilObject) GetResource(context.Context, string) (*sdk.Resource, error) { return nil, nil }

func (b dangling) ListResources(context.Context, sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	r := *b.items["p0-r0"]
	r.ResourcePoolID = "gone"
	return sdk.List([]*sdk.Resource{&r}, nil)
}

func (b allTenants) ListResourcePools(ctx context.Context, _ sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return b.cluster.ListResourcePools(ctx, sdk.ListOptions{})
}

func (b unstoppable) ListResources(context.Context, sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return func(yield func(*sdk.Resource, error) bool) {
		for _, r := range b.items {
			yield(r, nil)
		}
	}
}

func (b truncating) ListResources(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return func(yield func(*sdk.Resource, error) bool) {
		for r, err := range b.cluster.ListResources(context.WithoutCancel(ctx), o) {
			if ctx.Err() != nil || !yield(r, err) {
				return
			}
		}
	}
}

func (b sickly) Health(context.Context) error { return sdk.Errorf(sdk.Unavailable, "no answer") }

func (b renaming) CreateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	other := *p
	other.Name = "mine"
	return b.cluster.CreateResourcePool(ctx, &other)
}

func (b unlisted) CreateResourcePool(_ context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	made := *p
	made.ID = "nowhere"
	return &made, nil
}

func (b lenient) CreateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	named := *p
	if named.Name == "" {
		named.Name = "unnamed"
	}
	return b.cluster.CreateResourcePool(ctx, &named)
}

func (b giving) UpdateResourcePool(_ context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	made := *p
	b.pools[p.ID] = &made
	return &made, nil
}

func (b nobodys) CreateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	made := *p
	made.Tenant = ""
	return b.cluster.CreateResourcePool(ctx, &made)
}

func (b losing) UpdateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	made, err := b.cluster.UpdateResourcePool(ctx, p)
	if err != nil {
		return nil, err
	}
	lost := *made
	lost.Tenant = ""
	return &lost, nil
}

func (b picky) UpdateResourcePool(context.Context, *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	return nil, sdk.Errorf(sdk.Invalid, "nothing can be changed")
}

func (b idle) UpdateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	return b.GetResourcePool(ctx, p.ID)
}

func (b keeping) DeleteResourcePool(context.Context, string) error { return nil }

func (b forgiving) DeleteResource(ctx context.Context, id string) error {
	if err := b.cluster.DeleteResource(ctx, id); err != nil && !isNotFound(err) {
		return err
	}
	return nil
}

func (b moving) CreateResource(ctx context.Context, r *sdk.Resource) (*sdk.Resource, error) {
	other := *r
	other.ResourcePoolID = "p1"
	return b.cluster.CreateResource(ctx, &other)
}

// quiet lets some events through.
type quiet struct {
	sdk.Events
	synced, deltas, whole bool
	after                 bool
}

func (q *quiet) Synced() error {
	q.after = true
	if !q.synced {
		return nil
	}
	return q.Events.Synced()
}

func (q *quiet) Put(objects ...sdk.Object) error {
	if q.after && !q.deltas {
		return nil
	}
	if !q.after && !q.whole {
		objects = objects[:3]
	}
	return q.Events.Put(objects...)
}

func (b unsynced) Watch(ctx context.Context, e sdk.Events) error {
	return b.cluster.Watch(ctx, &quiet{Events: e, deltas: true, whole: true})
}

func (b partial) Watch(ctx context.Context, e sdk.Events) error {
	return b.cluster.Watch(ctx, &quiet{Events: e, synced: true, deltas: true})
}

func (b silent) Watch(ctx context.Context, e sdk.Events) error {
	return b.cluster.Watch(ctx, &quiet{Events: e, synced: true, whole: true})
}

func (b nilEnding) Watch(ctx context.Context, e sdk.Events) error {
	if err := b.cluster.Watch(ctx, e); ctx.Err() == nil {
		return err
	}
	return nil
}

func (b deaf) Watch(ctx context.Context, e sdk.Events) error {
	_ = e.Begin()
	<-ctx.Done()
	return ctx.Err()
}

func (b quitter) Watch(ctx context.Context, e sdk.Events) error { return errors.New("not today") }

func (b unbegun) Watch(ctx context.Context, e sdk.Events) error {
	if err := e.Put(b.kind()); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestBrokenBackendsAreToldWhatIsWrong(t *testing.T) {
	const soon = " (still so after 30ms)"
	c := newCluster
	for _, tc := range []struct {
		check   string
		backend sdk.Backend
		want    string
	}{
		{"lists yield sound objects", duplicates{c()}, `ListResources yielded the id "p0-r0" twice: ids must be unique within a kind`},
		{"lists yield sound objects", nameless{c()}, `ListResourcePools: ResourcePool "p0" has no Name: use its ID where the backend has no names`},
		{"Get returns what lists return", unlike{c()}, `ListResourcePools and GetResourcePool do not agree on ResourcePool "p`},
		{"lists are repeatable", unstable{c(), new(int)}, "two calls of ListResourceTypes in a row do not agree: \"t19\" is in the first alone; an id must be the backend's own, the same at every call"},
		{"unknown ids are NotFound", plainError{c()}, `GetResource("sdktest-no-such-id"), an id that does not exist, failed with the plain error "404": make it with sdk.Errorf and code not-found`},
		{"unknown ids are NotFound", nilObject{c()}, `GetResource("sdktest-no-such-id"), an id that does not exist, succeeded: it must fail with code not-found`},
		{"references lead somewhere", dangling{c()}, `Resource "p0-r0" has the ResourcePoolID "gone", but ListResourcePools yields no such id: list that object too, or leave the field empty`},
		{"lists can be narrowed to a tenant", allTenants{c()}, "ListResourcePools with the tenant "},
		{"lists can be left early", unstoppable{c()}, "ListResources went on after yield had returned false: it must stop there"},
		{"a cancelled list does not pass for a whole one", truncating{c()}, "ListResources ended without an error after 1 of 6 objects when its context was cancelled: yield the context's error, since what ends without one counts as a whole list"},
		{"calls run beside one another", sickly{c()}, "with 8 callers at once: calling Health failed: no answer"},
		{"pools can be created", renaming{c()}, `CreateResourcePool was asked for the name "sdktest-`},
		{"pools can be created", unlisted{c()}, `CreateResourcePool returned ResourcePool "nowhere", but GetResourcePool of it failed: there is no "nowhere"` + soon},
		{"pools can be created", nobodys{c()}, `CreateResourcePool was asked for the tenant "sdktest" and returned "": a pool must belong to whom it was created for`},
		{"pools can be updated", losing{c()}, `UpdateResourcePool of a pool of the tenant "sdktest" returned one of "": a pool keeps its tenant`},
		{"a pool cannot be given to another tenant", giving{c()}, "UpdateResourcePool of another tenant's pool succeeded: it must fail with code invalid or not-found"},
		{"impossible pools are Invalid", lenient{c()}, "CreateResourcePool of an impossible pool succeeded: it must fail with code invalid"},
		{"pools can be updated", picky{c()}, "UpdateResourcePool with exactly what GetResourcePool had returned failed: nothing can be changed (what comes back unchanged must be accepted)"},
		{"pools can be updated", idle{c()}, "UpdateResourcePool did not make the pool look as asked: description: made by sdktest (changed) against made by sdktest"},
		{"updating an unknown pool is NotFound", picky{c()}, `UpdateResourcePool of an id that does not exist failed with code invalid ("nothing can be changed"): the code must be not-found`},
		{"pools can be deleted", keeping{c()}, `GetResourcePool("new1") after DeleteResourcePool succeeded: it must fail with code not-found` + soon},
		{"deleting an unknown pool is NotFound", keeping{c()}, "DeleteResourcePool of an id that does not exist succeeded: it must fail with code not-found"},
		{"resources can be created", moving{c()}, `CreateResource was asked for a resource in pool "p0" and returned one in "p1"`},
		{"impossible resources are Invalid", moving{c()}, "CreateResource in a pool that does not exist succeeded: it must fail with code invalid"},
		{"resources can be deleted", forgiving{c()}, "DeleteResource of a resource that is deleted already succeeded: it must fail with code not-found"},
		{"deleting an unknown resource is NotFound", forgiving{c()}, "DeleteResource of an id that does not exist succeeded: it must fail with code not-found"},
		{"a watch begins with a whole snapshot", unsynced{c()}, "the watch has begun a snapshot and not called Synced" + soon},
		{"a watch begins with a whole snapshot", partial{c()}, "Watch and ListResource"},
		{"a watch begins with a whole snapshot", quitter{c()}, "the watch ended by itself: not today"},
		{"a watch begins with a whole snapshot", unbegun{c()}, "the watch ended by itself: Watch: Put before Begin: a watch starts with a snapshot (Begin, every object, Synced)"},
		{"a watch ends when it is told to and can be had again", nilEnding{c()}, "the watch returned nil when its context ended: return ctx.Err()"},
		{"a watch ends when its events fail", deaf{c()}, "Watch whose Events return errors did not return within 30ms: every method must return soon after its context has ended"},
		{"a watch tells of pools", silent{c()}, `the watch has not told of ResourcePool "new1", which CreateResourcePool returned: Put what a write changes into a watch under way, too` + soon},
		{"a watch tells of resources", silent{c()}, `the watch has not told of Resource "new1", which CreateResource returned: Put what a write changes into a watch under way, too` + soon},
	} {
		t.Run(fmt.Sprintf("%s/%T", tc.check, tc.backend), func(t *testing.T) {
			s := newSubject(tc.backend, sdk.Capabilities(tc.backend), Options{Settle: 30 * time.Millisecond})
			err := s.bounded(t.Context(), named(t, tc.check).run)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
	if err := newSubject(sickly{c()}, nil, Options{}).bounded(t.Context(), healthyAndCloses); err == nil ||
		err.Error() != "calling Health failed though the infrastructure is there: no answer" {
		t.Errorf("a sick backend: %v", err)
	}
}

func named(t *testing.T, name string) check {
	t.Helper()
	for _, list := range [][]check{readChecks, callChecks, poolChecks, resourceChecks, watchChecks, shownChecks, alarmChecks} {
		for _, c := range list {
			if c.name == name {
				return c
			}
		}
	}
	t.Fatalf("there is no check %q", name)
	return check{}
}

func TestWithin(t *testing.T) {
	release := make(chan struct{})
	err := within(time.Millisecond, "Get", func() error { <-release; return nil })
	close(release)
	if want := "Get did not return within 1ms: every method must return soon after its context has ended"; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWithKey(t *testing.T) {
	for in, want := range map[string]string{`null`: `{"k":true}`, `{}`: `{"k":true}`, `{"a":1}`: `{"a":1,"k":true}`} {
		got, err := withKey([]byte(in), "k")
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v; want %s", in, got, err, want)
		}
	}
	if _, err := withKey([]byte(`[]`), "k"); err == nil {
		t.Error("a list was accepted")
	}
}
