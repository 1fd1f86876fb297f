package backend

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

// TestWhatMovesAllTheTimeIsNoChange compares two lists between which only clocks
// and counters moved.
func TestWhatMovesAllTheTimeIsNoChange(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	read := func() *sdk.Resource {
		r, err := b.GetResource(t.Context(), "srv-ams-dc1-001")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := read()
	l.clock.advance(7*time.Second + 3*time.Millisecond)
	l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) {
		slices.Reverse(m.Storage)
		slices.Reverse(m.Network)
	})
	after := read()
	if reflect.DeepEqual(before.Volatile, after.Volatile) {
		t.Errorf("the volatile part stays %v", after.Volatile)
	}
	before.Volatile, after.Volatile = nil, nil
	if !reflect.DeepEqual(before, after) {
		t.Errorf("a change:\n%+v\n%+v", before, after)
	}
	l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) { m.PowerState = "off" })
	if got := read().Extensions["dtias.powerState"]; got != "off" {
		t.Errorf("the power is %v", got)
	}
}

func TestAServerIsProvisionedAndThenReady(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	made, err := b.CreateResource(t.Context(), &sdk.Resource{
		Meta: sdk.Meta{Name: "edge-07", Tenant: "north"}, ResourcePoolID: "rp-ham-dc1-compute", ResourceTypeID: "st-r760xa-gpu",
	})
	if err != nil || made.Extensions["dtias.state"] != "provisioning" || made.Name != "edge-07" || made.Tenant != "north" {
		t.Fatalf("made %+v, %v", made, err)
	}
	for _, step := range []struct {
		after time.Duration
		state string
	}{{59 * time.Second, "provisioning"}, {time.Second, "ready"}} {
		l.clock.advance(step.after)
		got, err := b.GetResource(t.Context(), made.ID)
		if err != nil || got.Extensions["dtias.state"] != step.state {
			t.Errorf("after another %v it is %v, %v; want %s", step.after, got.Extensions["dtias.state"], err, step.state)
		}
	}
}

// TestWhatIsGoneIsSeenTwice counts the lists that it takes.
func TestWhatIsGoneIsSeenTwice(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	lists := func(want, servers int) {
		t.Helper()
		before := l.Requests(routeServers)
		if n := len(serverIDs(t, b)); n != servers {
			t.Errorf("%d servers, want %d", n, servers)
		}
		if n := l.Requests(routeServers) - before; n != want {
			t.Errorf("read %d times, want %d", n, want)
		}
	}
	lists(1, 40)
	lists(1, 40)
	if err := b.DeleteResource(t.Context(), "srv-ams-dc1-002"); err != nil {
		t.Fatal(err)
	}
	lists(1, 39) // it was released through us
	other := l.backend(t)
	if err := other.DeleteResource(t.Context(), "srv-ams-dc1-003"); err != nil {
		t.Fatal(err)
	}
	lists(2, 38) // by another
	lists(1, 38)
	l.fail(t, dtias.Fault{Kind: dtias.Half, Path: "/inventory/servers", Times: 1})
	lists(2, 38) // half, and whole
}
