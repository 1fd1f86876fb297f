package app

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	"github.com/netweave/netweave/core/tenancy"
	"github.com/netweave/netweave/outbound/casbin"
)

// tenants is what keeps tenants apart.
type tenants struct {
	directory *tenancy.Directory
	service   *tenancy.Service
	quotas    *quota.Keeper
	// roles are those of a file, nil if there is none.
	roles *casbin.FileRoles
}

// makeTenants makes what decides who may do what: everything about tenants where
// tenancy is on, else what admits everyone who may reach the gateway at all.
func (p *parts) makeTenants(ctx context.Context, s *surroundings) (err error) {
	if !s.config.Tenancy.Enabled {
		p.allowed, err = authorizer(s.config)
		return err
	}
	c, t := s.config.Tenancy, &tenants{}
	if t.directory, err = tenancy.NewDirectory(tenancy.DirectoryConfig{
		Store: p.stores.tenancy, Bus: p.stores.bus, BuiltIn: casbin.BuiltIn(), PlatformAdmins: c.PlatformAdmins,
		DefaultQuotas: c.Quotas.Amounts(), Log: s.logger("tenancy"),
	}); err != nil {
		return err
	}
	if err := t.readRoles(s); err != nil {
		return err
	}
	if p.allowed, err = casbin.New(casbin.Config{
		Directory: t.directory, Registerer: s.registry,
	}); err != nil {
		return fmt.Errorf("tenancy: %w", err)
	}
	if t.service, err = tenancy.New(tenancy.Config{
		Directory: t.directory, Store: p.stores.tenancy, Bus: p.stores.bus, Authorizer: p.allowed,
		Quotas: p.stores.quotas, Subscriptions: p.stores.subscriptions, Log: s.logger("tenancy"),
		Counted: p.count,
	}); err != nil {
		return err
	}
	if t.quotas, err = quota.New(quota.Config{
		Store: p.stores.quotas, Limits: t.directory.Limits, Count: p.count, Hold: 2 * s.config.Server.Timeouts.Change, Log: s.logger("quotas"),
	}); err != nil {
		return err
	}
	// A store that is away is no error: the directory tells so until it is there.
	if err := t.directory.Reload(ctx); err != nil {
		s.log.Warn("tenants could not be read yet: until then nobody is admitted", "error", err)
	}
	p.tenants = t
	return nil
}

// count tells what a tenant has in the views.
func (p *parts) count(tenant string) o2.Amounts { return p.views.CountOf(tenant) }

// readRoles reads the file of roles that is configured.
func (t *tenants) readRoles(s *surroundings) (err error) {
	path := s.config.Tenancy.RolesFile
	if path == "" {
		return nil
	}
	if t.roles, err = casbin.NewFileRoles(casbin.FileConfig{
		Path: path, Changed: t.directory.SetFileRoles, Log: s.logger("tenancy"), Registerer: s.registry,
	}); err != nil {
		return fmt.Errorf("tenancy.rolesFile: %w", err)
	}
	if err := t.directory.SetFileRoles(t.roles.Roles()); err != nil {
		return fmt.Errorf("tenancy.rolesFile: %w", err)
	}
	return nil
}

// aside is what goes on in every process.
func (t *tenants) aside() []task {
	tasks := []task{{"following tenants", t.directory.Run}}
	if t.roles != nil {
		tasks = append(tasks, task{"watching the file of roles", t.roles.Run})
	}
	return tasks
}

// held reports whether a tenant's notifications wait: unless it is known to be
// active. Of one of which nothing is known it cannot be told whether it was
// suspended: its record may be unreadable, or the store of tenants away since the
// start.
func (t *tenants) held(tenant string) bool {
	known, ok := t.directory.Tenant(tenant)
	return !ok || known.Status != o2.TenantActive
}

// subscriptionLimit is how many subscriptions a tenant may have; byDefault where
// its quotas do not say.
func (t *tenants) subscriptionLimit(tenant string, byDefault int) int {
	if most := t.directory.Limits(tenant).Subscriptions; most != o2.Unlimited {
		return int(most)
	}
	return byDefault
}
