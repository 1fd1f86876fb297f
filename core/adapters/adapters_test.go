package adapters

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/pauses/pausestest"
	"github.com/netweave/netweave/ports/store"
)

// shelf is an Inventory in memory.
type shelf struct {
	mu     sync.Mutex
	names  []string
	paused map[string]bool
	anew   []string
}

func newShelf(names ...string) *shelf { return &shelf{names: names, paused: map[string]bool{}} }

func (s *shelf) Statuses() []inventory.BackendStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []inventory.BackendStatus
	for _, name := range s.names {
		list = append(list, inventory.BackendStatus{Info: backend.Info{Name: name}, Paused: s.paused[name]})
	}
	return list
}

func (s *shelf) set(name string, do func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.names, name) {
		return errors.New("unknown")
	}
	do()
	return nil
}

func (s *shelf) Pause(name string) error  { return s.set(name, func() { s.paused[name] = true }) }
func (s *shelf) Resume(name string) error { return s.set(name, func() { s.paused[name] = false }) }
func (s *shelf) Resync(name string) error {
	return s.set(name, func() { s.anew = append(s.anew, name) })
}

// attach has the shelf hold these adapters and no others.
func (s *shelf) attach(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = names
}

func (s *shelf) rests(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paused[name]
}

// right allows what it names.
type right []authz.Action

func (r right) Authorize(_ context.Context, sc scope.Scope, q authz.Request) (scope.Scope, error) {
	if q.Resource != authz.Adapter || !slices.Contains(r, q.Action) {
		return scope.Scope{}, authz.ErrDenied
	}
	return sc, nil
}

var (
	all  = right{authz.ActionList, authz.ActionRead, authz.ActionUpdate}
	root = scope.New(scope.Identity{User: "root", Platform: true})
)

// site is what processes of one gateway share.
type site struct {
	store pausestest.Memory
	bus   bustest.Memory
}

// process starts a process with that inventory until the test ends.
func (x *site) process(t *testing.T, i Inventory, may right) *Service {
	t.Helper()
	s, err := New(Config{Inventory: i, Store: &x.store, Bus: &x.bus, Authorizer: may})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	synctest.Wait()
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryProcessPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, here, there := &site{}, newShelf("aws", "lab"), newShelf("lab")
		s := x.process(t, here, all)
		x.process(t, there, all)
		a, err := s.Pause(t.Context(), root, "lab", "moved")
		must(t, err)
		if a.Pause == nil || a.Pause.By != "root.platform" || a.Pause.Reason != "moved" || !a.Paused {
			t.Errorf("got %+v", a)
		}
		synctest.Wait()
		if !here.rests("lab") || here.rests("aws") || !there.rests("lab") {
			t.Errorf("here %v, there %v", here.paused, there.paused)
		}
		a, err = s.Resume(t.Context(), root, "lab")
		must(t, err)
		synctest.Wait()
		if a.Pause != nil || a.Paused || here.rests("lab") || there.rests("lab") {
			t.Errorf("resumed: %+v, here %v, there %v", a, here.paused, there.paused)
		}
	})
}

func TestAPauseOutlivesTheProcessAndWaitsForItsAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, here := &site{}, newShelf("lab")
		_, err := x.process(t, here, all).Pause(t.Context(), root, "lab", "")
		must(t, err)
		later := newShelf()
		s := x.process(t, later, all)
		later.attach("lab")
		s.Settle()
		if !later.rests("lab") {
			t.Error("an adapter that was paused before the start is not")
		}
	})
}

// TestAPauseCanBeEndedWithoutItsAdapter: the adapter is gone, the pause is not.
func TestAPauseCanBeEndedWithoutItsAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, here := &site{}, newShelf("lab")
		s := x.process(t, here, all)
		_, err := s.Pause(t.Context(), root, "lab", "")
		must(t, err)
		here.attach()
		_, err = s.Resume(t.Context(), root, "lab")
		must(t, err)
		if left, err := x.store.All(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v", left, err)
		}
		if _, err := s.Resume(t.Context(), root, "lab"); !errors.Is(err, adapters.ErrNotFound) {
			t.Errorf("of what is not paused either: %v", err)
		}
	})
}

func TestEveryProcessReadsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, here, there := &site{}, newShelf("lab"), newShelf("lab", "aws")
		s := x.process(t, here, all)
		x.process(t, there, all)
		_, err := s.Resync(t.Context(), root, "lab")
		must(t, err)
		synctest.Wait()
		if !slices.Equal(here.anew, []string{"lab"}) || !slices.Equal(there.anew, []string{"lab"}) {
			t.Errorf("here %v, there %v", here.anew, there.anew)
		}
	})
}

// TestWhileTheStoreIsAway: what was known stays in force, and nothing is said to be
// done.
func TestWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, here := &site{}, newShelf("lab", "aws")
		var away atomic.Bool
		x.store.Fail = func(string) error {
			if away.Load() {
				return store.ErrUnavailable
			}
			return nil
		}
		s := x.process(t, here, all)
		_, err := s.Pause(t.Context(), root, "lab", "")
		must(t, err)
		synctest.Wait()
		away.Store(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if !here.rests("lab") {
			t.Error("the pause is forgotten")
		}
		if _, err := s.Pause(t.Context(), root, "aws", ""); !errors.Is(err, store.ErrUnavailable) || here.rests("aws") {
			t.Errorf("another pause gives %v", err)
		}
	})
}

func TestWhoMayNotIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, here := &site{}, newShelf("lab")
		for action, do := range map[authz.Action]func(*Service, scope.Scope) error{
			authz.ActionList:   func(s *Service, sc scope.Scope) error { _, err := s.List(t.Context(), sc); return err },
			authz.ActionRead:   func(s *Service, sc scope.Scope) error { _, err := s.Get(t.Context(), sc, "lab"); return err },
			authz.ActionUpdate: func(s *Service, sc scope.Scope) error { _, err := s.Pause(t.Context(), sc, "lab", ""); return err },
		} {
			others := slices.DeleteFunc(slices.Clone(all), func(a authz.Action) bool { return a == action })
			if err := do(x.process(t, here, others), root); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("%s without the permission gives %v", action, err)
			}
			s := x.process(t, here, right{action})
			if err := do(s, scope.Scope{}); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("%s by nobody gives %v", action, err)
			}
			must(t, do(s, root))
		}
		for _, do := range []func(*Service) error{
			func(s *Service) error { _, err := s.Resume(t.Context(), root, "x"); return err },
			func(s *Service) error { _, err := s.Resync(t.Context(), root, "x"); return err },
			func(s *Service) error { _, err := s.Get(t.Context(), root, "x"); return err },
		} {
			if err := do(x.process(t, here, all)); !errors.Is(err, adapters.ErrNotFound) {
				t.Errorf("an unknown adapter gives %v", err)
			}
		}
	})
}
