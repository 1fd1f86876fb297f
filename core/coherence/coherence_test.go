package coherence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// views notes what reaches them.
type views struct {
	mu   sync.Mutex
	list []string
}

func (v *views) note(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.list = append(v.list, text)
}

func (v *views) Wrote(o o2.Object) {
	v.note(fmt.Sprintf("%s %s %s/%d", o.Kind(), o.Head().Backend, o.Head().Name, o.Head().Revision))
}

func (v *views) Deleted(backend string, key o2.ObjectKey, revision uint64) {
	v.note(fmt.Sprintf("deleted %s %s %s/%d", key.Kind, backend, key.ID, revision))
}

func pool(name string) *o2.ResourcePool {
	p := &o2.ResourcePool{Header: o2.Header{ID: "p", NativeID: "n", Backend: "lab", Name: name, Revision: 7}, Location: "here"}
	o2.Seal(p)
	return p
}

// process is an Announcer with everything running until the test ends.
func process(t *testing.T, b bus.Bus, name string, missed func()) (*Announcer, *views) {
	t.Helper()
	a, err := New(b, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &views{}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = a.Announce(ctx) })
	done.Go(func() { _ = a.Listen(ctx, v, missed) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	return a, v
}

func TestWhatOneWritesAllOthersShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bustest.Memory{}
		one, own := process(t, b, "one", nil)
		_, theirs := process(t, b, "two", nil)
		synctest.Wait()
		one.Wrote(pool("a"))
		one.Wrote(pool("b"))
		one.Deleted("lab", o2.ObjectKey{Kind: o2.KindResource, ID: "r"}, 9)
		synctest.Wait()
		want := []string{"ResourcePool lab a/7", "ResourcePool lab b/7", "deleted Resource lab r/9"}
		if !slices.Equal(theirs.list, want) {
			t.Errorf("the other heard %q, want %q", theirs.list, want)
		}
		if len(own.list) != 0 {
			t.Errorf("its own announcements came back: %q", own.list)
		}
	})
}

func TestLossesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bustest.Memory{}
		missed := 0
		process(t, b, "one", func() { missed++ })
		synctest.Wait()
		b.Miss(bus.CacheInvalidate)
		synctest.Wait()
		if missed != 2 { // the beginning is one
			t.Errorf("told %d times", missed)
		}
	})
}

func TestNewsThatCannotBeReadIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bustest.Memory{}
		one, _ := process(t, b, "one", nil)
		_, theirs := process(t, b, "two", nil)
		synctest.Wait()
		for _, body := range []string{"", "{", `{"origin":"x"}`, `{"origin":"x","deleted":true,"kind":"Nothing"}`, `{"origin":"x","object":"AQID"}`} {
			if err := b.Publish(t.Context(), bus.Message{Topic: bus.CacheInvalidate, Body: []byte(body)}); err != nil {
				t.Fatal(err)
			}
		}
		one.Wrote(pool("a"))
		synctest.Wait()
		if !slices.Equal(theirs.list, []string{"ResourcePool lab a/7"}) {
			t.Errorf("heard %q", theirs.list)
		}
	})
}

// stuck is a bus that takes nothing.
type stuck struct{ bustest.Memory }

func (*stuck) Publish(ctx context.Context, _ bus.Message) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestABusThatIsStuckHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, _ := process(t, &stuck{}, "one", nil)
		began := time.Now()
		for range 3 * waiting {
			one.Wrote(pool("a"))
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		if n := len(one.queue); n > waiting {
			t.Errorf("%d wait", n)
		}
	})
}

func TestABusThatFailsIsTriedAgainWithTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failing atomic.Bool
		b := &bustest.Memory{}
		b.Fail = func(op string) error {
			if op == "Publish" && failing.Swap(false) {
				return errors.New("away")
			}
			return nil
		}
		one, _ := process(t, b, "one", nil)
		_, theirs := process(t, b, "two", nil)
		synctest.Wait()
		failing.Store(true)
		one.Wrote(pool("lost"))
		synctest.Wait()
		one.Wrote(pool("a"))
		synctest.Wait()
		if !slices.Equal(theirs.list, []string{"ResourcePool lab a/7"}) {
			t.Errorf("heard %q", theirs.list)
		}
	})
}

func TestNewWantsABusAndAName(t *testing.T) {
	for _, tc := range []struct {
		bus  bus.Bus
		name string
	}{{nil, "x"}, {&bustest.Memory{}, ""}} {
		if _, err := New(tc.bus, tc.name, nil); err == nil {
			t.Errorf("%+v was taken", tc)
		}
	}
}
