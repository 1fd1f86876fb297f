package casbin_test

import (
	"slices"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
)

// directory is a tenancy.Directory whose whole content is replaced at once.
type directory struct{ now atomic.Pointer[content] }

// content is what a directory holds under one epoch. It is not changed once set.
type content struct {
	epoch   uint64
	unread  bool
	tenants map[string]o2.TenantStatus
	// users are "tenant/user"; true are disabled.
	users map[string]bool
	bound map[string][]string
	// admins are users of the platform who are its admins by configuration.
	admins []string
	roles  map[string][]*o2.Role
}

func newDirectory(c content) *directory {
	d := &directory{}
	d.set(c)
	return d
}

// set replaces the content and renews the epoch.
func (d *directory) set(c content) {
	if old := d.now.Load(); old != nil {
		c.epoch = old.epoch + 1
	}
	d.now.Store(&c)
}

func (d *directory) Epoch() uint64 { return d.now.Load().epoch }
func (d *directory) Loaded() bool  { return !d.now.Load().unread }

func (d *directory) Tenant(id string) (*o2.Tenant, bool) {
	status, ok := d.now.Load().tenants[id]
	return &o2.Tenant{ID: id, Status: status}, ok
}

func (d *directory) User(tenant, id string) (*o2.User, bool) {
	disabled, ok := d.now.Load().users[tenant+"/"+id]
	return &o2.User{TenantID: tenant, ID: id, Disabled: disabled}, ok
}

func (d *directory) Roles(tenant string) []*o2.Role { return d.now.Load().roles[tenant] }

func (d *directory) RolesOf(tenant, user string) []string {
	now := d.now.Load()
	if tenant == scope.PlatformTenant && slices.Contains(now.admins, user) {
		return []string{"platform-admin"}
	}
	if disabled, known := now.users[tenant+"/"+user]; !known || disabled {
		return nil
	}
	return now.bound[tenant+"/"+user]
}
