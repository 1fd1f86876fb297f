package tenancy

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

// deaf is a bus on which this process hears nothing.
type deaf struct{ bus.Bus }

func (deaf) Listen(ctx context.Context, _ []bus.Topic, _ func(bus.Message)) error {
	<-ctx.Done()
	return ctx.Err()
}

// follow runs a second process's directory beside r's until the test ends.
func follow(t *testing.T, r *rig, b bus.Bus) (*Directory, *log) {
	t.Helper()
	said := &log{}
	other := rigOn(t, r.store, &bustest.Memory{})
	d := other.dir
	d.config.Bus, d.config.Log = b, loggerTo(said)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	synctest.Wait()
	return d, said
}

// changes are what a process may do, and what another one is to see of it.
var changes = []struct {
	name string
	make func(t *testing.T, r *rig) error
	seen func(d *Directory) bool
}{
	{"a role is bound", func(t *testing.T, r *rig) error {
		_, err := r.Bind(t.Context(), alice, "red", "bob", "viewer")
		return err
	}, func(d *Directory) bool { return slices.Equal(d.RolesOf("red", "bob"), []string{"viewer"}) }},
	{"a role is taken", func(t *testing.T, r *rig) error {
		return r.Unbind(t.Context(), root, "blue", "eve", "owner")
	}, func(d *Directory) bool { return d.RolesOf("blue", "eve") == nil }},
	{"a tenant is suspended", func(t *testing.T, r *rig) error {
		_, err := r.UpdateTenant(t.Context(), root, "red", tenancy.TenantSpec{Status: o2.TenantSuspended})
		return err
	}, func(d *Directory) bool { return errors.Is(d.Admit(alice), tenancy.ErrNotAdmitted) }},
	{"a tenant is made", func(t *testing.T, r *rig) error {
		_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "green"})
		return err
	}, func(d *Directory) bool { _, ok := d.Tenant("green"); return ok }},
	{"a user is deleted", func(t *testing.T, r *rig) error {
		return r.DeleteUser(t.Context(), root, "red", "bob")
	}, func(d *Directory) bool { _, ok := d.User("red", "bob"); return !ok }},
	{"a role of everyone's is made", func(t *testing.T, r *rig) error {
		_, err := r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "*", Name: "common"})
		return err
	}, func(d *Directory) bool { _, ok := find(d.Roles("blue"), "common"); return ok }},
}

func TestOthersSeeEachChangeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		other, _ := follow(t, r, r.bus)
		for _, c := range changes {
			began, epoch := time.Now(), other.Epoch()
			if c.seen(other) {
				t.Fatalf("%s: seen before it happens", c.name)
			}
			must(t, c.make(t, r))
			if !c.seen(r.dir) {
				t.Errorf("%s: not in force here when the call returns", c.name)
			}
			synctest.Wait()
			if !c.seen(other) || other.Epoch() == epoch {
				t.Errorf("%s: not seen by the other", c.name)
			}
			if took := time.Since(began); took != 0 {
				t.Errorf("%s: took %v", c.name, took)
			}
			time.Sleep(3 * time.Second)
		}
	})
}

func TestLostNewsAreMadeGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		other, _ := follow(t, r, deaf{r.bus})
		for _, c := range changes {
			must(t, c.make(t, r))
			synctest.Wait()
			if c.seen(other) {
				t.Errorf("%s: seen by who hears nothing", c.name)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if !c.seen(other) {
				t.Errorf("%s: not seen two seconds later", c.name)
			}
		}
	})
}

func TestNewsThatWereMissedAreMadeGoodAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		partial := &bustest.Memory{}
		other, _ := follow(t, r, partial)
		for _, c := range changes {
			must(t, c.make(t, r))
			partial.Miss(bus.Tenancy)
			synctest.Wait()
			if !c.seen(other) {
				t.Errorf("%s: not seen", c.name)
			}
		}
	})
}

func TestWithoutTheStoreWhatIsKnownStaysInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		s := &tenancystoretest.Memory{}
		s.Fail = func(string) error {
			if away.Load() {
				return store.ErrUnavailable
			}
			return nil
		}
		r := rigOn(t, s, &bustest.Memory{})
		_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "red"})
		must(t, err)
		r.member(t, "red", "alice", "owner")
		other, said := follow(t, r, r.bus)
		away.Store(true)
		must(t, r.bus.Publish(t.Context(), bus.Message{Topic: bus.Tenancy, Body: keyText(tenantKey("red"))}))
		time.Sleep(time.Minute)
		must(t, other.Admit(alice))
		if roles := other.RolesOf("red", "alice"); !slices.Equal(roles, []string{"owner"}) {
			t.Errorf("alice holds %v", roles)
		}
		_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "bob"})
		wantError(t, "a change", err, store.ErrUnavailable)
		if n := said.count("does not answer"); n != 1 {
			t.Errorf("said %d times", n)
		}
		away.Store(false)
		time.Sleep(time.Second)
		if n := said.count("answers again"); n != 1 {
			t.Errorf("said %d times that it answers again", n)
		}
		_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "bob"})
		must(t, err)
	})
}

// A write that reached the store is in force here, even if the store is gone
// before it can be read again; and an unconfirmed one is as well.
func TestWritesAreInForceWhateverFollows(t *testing.T) {
	for _, c := range []struct {
		name       string
		fail, lose string
		want       error
	}{
		{"the store fails afterwards", "Get", "", nil},
		{"the write is not confirmed", "", "Put", store.ErrUnconfirmed},
		{"nobody can be told", "", "Publish", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := twoTenants(t)
			r.store.Fail = failAt(c.fail, store.ErrUnavailable)
			r.store.Lose = failAt(c.lose, store.ErrUnconfirmed)
			r.bus.Lose = failAt(c.lose, store.ErrUnavailable)
			_, err := r.Bind(t.Context(), alice, "red", "bob", "viewer")
			wantError(t, "binding", err, c.want)
			if roles := r.dir.RolesOf("red", "bob"); !slices.Equal(roles, []string{"viewer"}) {
				t.Errorf("bob holds %v", roles)
			}
		})
	}
}

// The end of a request does not cut short what it has begun.
func TestAnEndedRequestIsInForce(t *testing.T) {
	r := twoTenants(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.store.Lose = func(op string) error {
		if op == "Put" {
			cancel()
		}
		return nil
	}
	_, err := r.Bind(ctx, alice, "red", "bob", "viewer")
	must(t, err)
	if roles := r.dir.RolesOf("red", "bob"); !slices.Equal(roles, []string{"viewer"}) {
		t.Errorf("bob holds %v", roles)
	}
	_, err = r.Bind(ctx, alice, "red", "bob", "operator")
	if err == nil && ctx.Err() == nil {
		t.Error("the context has not ended")
	}
}

func failAt(op string, err error) func(string) error {
	return func(got string) error {
		if op != "" && got == op {
			return err
		}
		return nil
	}
}

// Where everything takes long to read it is not read without end.
func TestReadingEverythingLeavesTimeForOtherThings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		var reads atomic.Int32
		var slow atomic.Bool
		r.store.Fail = func(op string) error {
			if op == "All" && slow.Load() {
				reads.Add(1)
				time.Sleep(300 * time.Millisecond)
			}
			return nil
		}
		other, _ := follow(t, r, r.bus)
		slow.Store(true)
		until := time.Now().Add(30 * time.Second)
		for n := 0; time.Now().Before(until); n++ {
			r.bind(t, "red", "bob", "viewer")
			must(t, r.Unbind(t.Context(), root, "red", "bob", "viewer"))
			time.Sleep(50 * time.Millisecond)
		}
		if n := reads.Load(); n > 25 || n < 10 {
			t.Errorf("everything was read %d times in 30 s of changes", n)
		}
		_ = other
	})
}
