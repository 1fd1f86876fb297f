package recent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

// teller is an inventory whose changes the test tells.
type teller struct {
	changed  chan struct{}
	next     inventory.Changed
	detached map[string]bool
	objects  map[o2.ObjectKey]inventory.Seen
	closed   bool
}

func newTeller() *teller {
	return &teller{changed: make(chan struct{}, 1), detached: map[string]bool{}, objects: map[o2.ObjectKey]inventory.Seen{}}
}

func (t *teller) Follow(since time.Time) inventory.Follower {
	if !since.IsZero() {
		panic("a record is of this process's own views, however old they are")
	}
	return t
}
func (t *teller) Changed() <-chan struct{}                   { return t.changed }
func (t *teller) Take() inventory.Changed                    { return t.next }
func (t *teller) Standing(backend string) (attached, _ bool) { return !t.detached[backend], true }
func (t *teller) Close()                                     { t.closed = true }
func (t *teller) Lookup(o2.ObjectKey) (inventory.Seen, bool) { return inventory.Seen{}, false }
func (t *teller) List(context.Context, scope.Scope, inventory.Query) (inventory.Page, error) {
	return inventory.Page{}, errors.New("not asked here")
}

// Get answers for whoever sees the object.
func (t *teller) Get(_ context.Context, sc scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, inventory.Freshness, error) {
	s, ok := t.objects[o2.ObjectKey{Kind: kind, ID: id}]
	if !ok || !sc.Within(scope.ReachTenant|scope.ReachShared).Sees(s.Owner) && !sc.Platform() {
		return nil, inventory.Freshness{}, inventory.ErrNotFound
	}
	return nil, inventory.Freshness{}, nil
}

// rights are what callers may not do.
type rights struct {
	denied string
	broken error
}

func (r rights) Authorize(_ context.Context, sc scope.Scope, asked authz.Request) (scope.Scope, error) {
	switch {
	case r.broken != nil:
		return scope.Scope{}, r.broken
	case string(asked.Action)+" "+asked.Resource == r.denied:
		return scope.Scope{}, authz.ErrDenied
	case sc.Platform():
		return sc.Within(scope.ReachAll), nil
	}
	return sc.Within(scope.ReachTenant | scope.ReachShared), nil
}

var (
	acme     = scope.New(scope.Identity{Tenant: "acme", User: "alice"})
	bolt     = scope.New(scope.Identity{Tenant: "bolt", User: "bob"})
	platform = scope.New(scope.Identity{Platform: true, User: "root"})

	start = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
)

func id(name string) o2.ID { return o2.DeriveID("test", name) }

// sight is an object as a follower tells of it; state tells two of its states apart.
func sight(kind o2.Kind, name, owner, pool, state string) inventory.Seen {
	h := o2.Header{ID: id(name), NativeID: name, Backend: "b", Name: name, Description: state}
	var o o2.Object
	switch kind {
	case o2.KindResourcePool:
		o = &o2.ResourcePool{Header: h}
	case o2.KindResource:
		o = &o2.Resource{Header: h, ResourcePoolID: id(pool)}
	default:
		o = &o2.ResourceType{Header: h}
	}
	o2.Seal(o)
	return inventory.Seen{Key: o2.ObjectKey{Kind: kind, ID: h.ID}, Object: o, Owner: owner, At: start}
}

func pool(name, owner, state string) inventory.Seen {
	return sight(o2.KindResourcePool, name, owner, "", state)
}

func node(name, owner, pool, state string) inventory.Seen {
	return sight(o2.KindResource, name, owner, pool, state)
}

func gone(s inventory.Seen) inventory.Seen {
	s.Object, s.Owner = nil, ""
	return s
}

// rig is a record and what feeds it.
type rig struct {
	*teller
	record *Record
	watch  watch
	at     time.Time
}

func newRig(r rights) *rig {
	t := newTeller()
	record := New(Config{Changes: t, Reader: t, Authorizer: r})
	return &rig{
		teller: t, record: record, at: start,
		watch: watch{record: record, follower: t, met: map[string]bool{}, known: map[o2.ObjectKey]state{}},
	}
}

// tell has the watch take changes, a second after those before.
func (r *rig) tell(whole string, objects ...inventory.Seen) {
	r.at = r.at.Add(time.Second)
	r.next = inventory.Changed{Objects: objects}
	if whole != "" {
		r.next.Whole = []string{whole}
	}
	for i := range objects {
		s := &objects[i]
		s.At = r.at
		if s.Object == nil {
			delete(r.objects, s.Key)
		} else {
			r.objects[s.Key] = *s
		}
	}
	r.watch.take()
}

// remembered spells what a caller is told of a pool.
func (r *rig) remembered(sc scope.Scope, pool string) string {
	recent, err := r.record.Recent(context.Background(), sc, id(pool))
	if err != nil {
		return err.Error()
	}
	var told []string
	for _, c := range recent.Changes {
		state := func(o o2.Object) string {
			if o == nil {
				return "-"
			}
			return o.Head().Name + "/" + o.Head().Description
		}
		told = append(told, fmt.Sprintf("%s %s>%s", c.Type, state(c.Prior), state(c.Post)))
	}
	return strings.Join(told, ", ")
}

func TestWhatIsRemembered(t *testing.T) {
	r := newRig(rights{})
	r.tell("b", pool("p", "acme", "1"), pool("q", "acme", "1"), node("n", "acme", "p", "1"), sight(o2.KindResourceType, "t", "acme", "", "1"))
	for _, step := range []struct {
		name string
		tell []inventory.Seen
		p, q string
	}{
		{"what was there is no change", nil, "", ""},
		{"a pool", []inventory.Seen{pool("p", "acme", "2")}, "modified p/1>p/2", ""},
		{"a node that comes", []inventory.Seen{node("m", "acme", "p", "1")}, "created ->m/1", ""},
		{"a node that changes", []inventory.Seen{node("n", "acme", "p", "2")}, "modified n/1>n/2", ""},
		{"nothing that matters", []inventory.Seen{node("n", "acme", "p", "2")}, "", ""},
		{"a node that moves", []inventory.Seen{node("n", "acme", "q", "2")}, "modified n/2>n/2", "modified n/2>n/2"},
		{"a node that goes", []inventory.Seen{gone(node("n", "", "", ""))}, "", "deleted n/2>-"},
		{"one that was never there", []inventory.Seen{gone(node("x", "", "", ""))}, "", ""},
		{"a type", []inventory.Seen{sight(o2.KindResourceType, "t", "acme", "", "2")}, "", ""},
		{"a node of no pool", []inventory.Seen{node("o", "acme", "nowhere", "1")}, "", ""},
	} {
		before := map[string]string{"p": r.remembered(acme, "p"), "q": r.remembered(acme, "q")}
		r.tell("", step.tell...)
		for name, want := range map[string]string{"p": step.p, "q": step.q} {
			got := strings.TrimPrefix(strings.TrimPrefix(r.remembered(acme, name), before[name]), ", ")
			if got != want {
				t.Errorf("%s: of %s is told %q, want %q", step.name, name, got, want)
			}
		}
	}
	recent, err := r.record.Recent(t.Context(), acme, id("p"))
	if err != nil || recent.Since.IsZero() {
		t.Fatal(err, recent.Since)
	}
	ids := map[o2.ID]bool{}
	for i, c := range recent.Changes {
		if _, ok := o2.ParseID(string(c.ID)); !ok || ids[c.ID] || i > 0 && !c.At.After(recent.Changes[i-1].At) {
			t.Errorf("change %d: id %s at %v", i, c.ID, c.At)
		}
		ids[c.ID] = true
	}
}

// Told of a backend as a whole, a record finds what has changed by itself.
func TestBackendsAsAWhole(t *testing.T) {
	r := newRig(rights{})
	r.tell("b", pool("p", "acme", "1"), node("n", "acme", "p", "1"), node("m", "acme", "p", "1"))
	delete(r.objects, o2.ObjectKey{Kind: o2.KindResource, ID: id("m")})
	r.tell("b", pool("p", "acme", "1"), node("n", "acme", "p", "2"), node("o", "acme", "p", "1"))
	told := strings.Split(r.remembered(acme, "p"), ", ")
	slices.Sort(told)
	if got, want := strings.Join(told, ", "), "created ->o/1, deleted m/1>-, modified n/1>n/2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// It goes, and what it has when it comes back was there.
	r.detached["b"] = true
	r.tell("b")
	if len(r.watch.known) != 0 || len(r.record.pools) != 0 || r.record.total != 0 {
		t.Errorf("of a backend that is gone there is left: %v, %v", r.watch.known, r.record.pools)
	}
	delete(r.detached, "b")
	r.tell("b", pool("p", "acme", "3"), node("n", "acme", "p", "3"))
	if got := r.remembered(acme, "p"); got != "" {
		t.Errorf("of a backend that is back is told %s", got)
	}
	r.tell("", node("n", "acme", "p", "4"))
	if got, want := r.remembered(acme, "p"), "modified n/3>n/4"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEachCallerSeesItsOwn(t *testing.T) {
	r := newRig(rights{})
	r.tell("b", pool("p", scope.SharedOwner, "1"), pool("q", "bolt", "1"), node("n", "acme", "p", "1"))
	r.tell("", node("m", "bolt", "p", "1"))
	r.tell("", node("n", "acme", "p", "2"))
	r.tell("", node("n", "bolt", "p", "3")) // it changes hands
	r.tell("", node("hidden", "", "p", "1"))
	for name, tt := range map[string]struct {
		scope scope.Scope
		pool  string
		want  string
	}{
		"a tenant":            {acme, "p", "modified n/1>n/2, deleted n/2>-"},
		"another tenant":      {bolt, "p", "created ->m/1, created ->n/3"},
		"the platform":        {platform, "p", "created ->m/1, modified n/1>n/2, modified n/2>n/3, created ->hidden/1"},
		"another's pool":      {acme, "q", "not found"},
		"a pool that is none": {acme, "nothing", "not found"},
		"nobody":              {scope.Scope{}, "p", "not found"},
	} {
		if got := r.remembered(tt.scope, tt.pool); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestRights(t *testing.T) {
	for denied, want := range map[string]string{
		"list Resource":     "modified p/1>p/2",
		"read ResourcePool": "created ->n/1",
		"":                  "modified p/1>p/2, created ->n/1",
	} {
		r := newRig(rights{denied: denied})
		r.tell("b", pool("p", "acme", "1"))
		r.tell("", pool("p", "acme", "2"))
		r.tell("", node("n", "acme", "p", "1"))
		if got := r.remembered(acme, "p"); got != want {
			t.Errorf("who may not %s is told %q, want %q", denied, got, want)
		}
	}
	broken := errors.New("policies cannot be read")
	r := newRig(rights{broken: broken})
	r.tell("b", pool("p", "acme", "1"))
	if got := r.remembered(acme, "p"); got != broken.Error() {
		t.Errorf("while rights are not known: %q", got)
	}
}

func TestBounds(t *testing.T) {
	r := newRig(rights{})
	r.tell("b", pool("quiet", "acme", "1"), pool("p", "acme", "1"))
	r.tell("", pool("quiet", "acme", "2"))
	for n := range perPool + 10 {
		r.tell("", pool("p", "acme", fmt.Sprint("x", n)))
	}
	if got := len(r.record.pools[id("p")]); got != perPool {
		t.Errorf("%d changes of a pool", got)
	}
	if got, want := r.record.pools[id("p")][0].post.object.Head().Description, "x10"; got != want {
		t.Errorf("the oldest is %s, want %s", got, want)
	}
	for n := range 2 * inAll {
		name := fmt.Sprint("pool-", n%40)
		r.tell("", pool(name, "acme", fmt.Sprint(n)))
	}
	total := 0
	for _, list := range r.record.pools {
		total += len(list)
	}
	if total > inAll || total != r.record.total {
		t.Errorf("%d changes in all, and %d are counted", total, r.record.total)
	}
	if got := r.remembered(acme, "quiet"); got != "modified quiet/1>quiet/2" {
		t.Errorf("a quiet pool's only change: %q", got)
	}
}

func TestRun(t *testing.T) {
	tell := newTeller()
	record := New(Config{Changes: tell, Reader: tell, Authorizer: rights{}})
	seen := pool("p", "acme", "1")
	tell.next, tell.objects[seen.Key] = inventory.Changed{Objects: []inventory.Seen{seen}}, seen
	tell.changed = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- record.Run(ctx) }()
	tell.changed <- struct{}{}
	tell.changed <- struct{}{} // it has taken the first
	if recent, err := record.Recent(t.Context(), acme, id("p")); err != nil || len(recent.Changes) != 1 {
		t.Errorf("remembered %v, %v", recent.Changes, err)
	}
	cancel()
	if err := <-done; err != nil || !tell.closed {
		t.Errorf("Run: %v, and its follower is closed: %v", err, tell.closed)
	}
}
