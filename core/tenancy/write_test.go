package tenancy

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Two processes that change one tenant at once lose neither change, and who
// suspends one that is being deleted does not bring it back.
func TestChangesOfOthersMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name      string
		meanwhile func(*o2.Tenant)
		times     int
		want      error
		status    o2.TenantStatus
		version   uint64
	}{
		{"one change", func(t *o2.Tenant) { t.Status = o2.TenantSuspended }, 1, nil, o2.TenantSuspended, 3},
		{"a change each time", func(t *o2.Tenant) { t.Status = o2.TenantSuspended }, 99, tenancystore.ErrConflict, o2.TenantSuspended, 6},
		{"a deletion", func(t *o2.Tenant) { t.Status = o2.TenantDeleted }, 1, tenancy.ErrNotFound, o2.TenantDeleted, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := twoTenants(t)
			within, times := false, 0
			r.store.Fail = func(op string) error {
				if op != "Put" || within || times == c.times {
					return nil
				}
				within = true
				defer func() { within = false }()
				times++
				record, err := r.store.Get(t.Context(), tenantKey("red"))
				must(t, err)
				other, err := o2.DecodeTenant(record.Data)
				must(t, err)
				c.meanwhile(other)
				record.Data, err = o2.EncodeTenant(other)
				must(t, err)
				record.Version++
				return r.store.Put(t.Context(), record)
			}
			_, err := r.UpdateTenant(t.Context(), alice, "red", tenancy.TenantSpec{DisplayName: "Red"})
			wantError(t, "changing", err, c.want)
			must(t, r.dir.Reload(t.Context()))
			got, _ := r.dir.Tenant("red")
			if got.Status != c.status || got.Version != c.version || (got.DisplayName == "Red") != (c.want == nil) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWhatAServiceNeeds(t *testing.T) {
	r := newRig(t)
	for name, spoil := range map[string]func(*Config){
		"directory":     func(c *Config) { c.Directory = nil },
		"store":         func(c *Config) { c.Store = nil },
		"bus":           func(c *Config) { c.Bus = nil },
		"authorizer":    func(c *Config) { c.Authorizer = nil },
		"quotas":        func(c *Config) { c.Quotas = nil },
		"subscriptions": func(c *Config) { c.Subscriptions = nil },
	} {
		config := r.config
		spoil(&config)
		if _, err := New(config); err == nil {
			t.Errorf("without %s: no error", name)
		}
	}
	if _, err := NewKeeper(KeeperConfig{}); err == nil {
		t.Error("a keeper of nothing: no error")
	}
	if _, err := NewDirectory(DirectoryConfig{Store: r.store}); err == nil {
		t.Error("a directory without a bus: no error")
	}
	if _, err := NewDirectory(DirectoryConfig{Store: r.store, Bus: r.bus, PlatformAdmins: []string{"../root"}}); err == nil {
		t.Error("a hostile platform admin: no error")
	}
}
