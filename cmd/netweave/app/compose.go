package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/core/adapters"
	"github.com/netweave/netweave/core/audit"
	"github.com/netweave/netweave/core/coherence"
	"github.com/netweave/netweave/core/configuration"
	"github.com/netweave/netweave/core/delivery"
	"github.com/netweave/netweave/core/detection"
	"github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/core/ocloud"
	"github.com/netweave/netweave/core/polling"
	"github.com/netweave/netweave/core/recent"
	subscriptions "github.com/netweave/netweave/core/subscription"
	"github.com/netweave/netweave/core/tenancy"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/outbound/oidc"
	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/outbound/webhook"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// surroundings are what every part is made with.
type surroundings struct {
	config   *config.Config
	given    Surroundings
	log      hclog.Logger
	registry *prometheus.Registry
	// tls sees new TLS files; nil where nothing is to be followed.
	tls *tlsfiles.Watch
	// reloads counts configurations that are read while running, teller says what
	// operators are told of the one in force.
	reloads *reloadMetrics
	teller  *teller
	// process is this process's name, unlike any other's.
	process string
	// runner runs what answers for adapters; nil has plugins do it.
	runner runner
}

func (s *surroundings) logger(name string) *slog.Logger { return telemetry.NewSlog(s.log.Named(name)) }

// parts are the inside of a process: what its role does not need is nil.
type parts struct {
	stores *stores
	// allowed decides who may do what; tenants is nil where there is one.
	allowed authz.Authorizer
	tenants *tenants
	audit   *audit.Log // nil where callers are not known
	// verifier verifies bearer tokens, nil if there is no identity provider.
	verifier *oidc.Verifier
	// atlas tells where pools stand, clouds what the O-Cloud is.
	atlas    *ocloud.Atlas
	clouds   *ocloud.Service
	views    *inventory.Service
	alarms   *alarms
	recent   *recent.Record // nil where no API is served
	plugins  *pluginhost.Host
	adapters *adapters.Service
	runner   runner
	// configuration tells what is in force.
	configuration *configuration.Service
	// ending are the adapters that are being stopped.
	ending  endings
	sender  *webhook.Sender
	service *subscriptions.Service
	store   *availability

	leader    *detection.Leader
	deliverer *delivery.Deliverer

	announcer *coherence.Announcer
	poller    *polling.Poller
}

// compose makes the parts, and begins to feed the views. What was made is to be
// closed, even if it returns an error.
func compose(ctx context.Context, s *surroundings) (*parts, error) {
	p := &parts{}
	for _, step := range []func() error{
		func() error { return p.openStores(ctx, s) },
		func() error { return p.makeTenants(ctx, s) },
		func() error { return p.makeAudit(s) },
		func() error { return p.makeConfiguration(s) },
		func() error { return p.makeVerifier(s) },
		func() error { return p.makeViews(s) },
		func() error { return p.makeAdapters(ctx, s) },
		func() error { return p.makeAlarms(s) },
		func() error { return p.makeEventPath(s) },
		func() error { return p.attach(s) },
	} {
		if err := step(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// openStores opens the store, and makes what brings processes together that share
// one.
func (p *parts) openStores(ctx context.Context, s *surroundings) (err error) {
	if p.stores, err = openStores(ctx, s.config, s.logger("store"), s.registry, s.tls); err != nil {
		return err
	}
	if p.stores.check != nil {
		p.store = newAvailability(p.stores.check, s.logger("store"))
		p.store.look(ctx)
	}
	if p.stores.snapshots == nil {
		return nil
	}
	if p.announcer, err = coherence.New(p.stores.bus, s.process, s.logger("bus")); err != nil {
		return err
	}
	p.poller, err = polling.New(polling.Config{Snapshots: p.stores.snapshots, Bus: p.stores.bus, Log: s.logger("polling")})
	return err
}

// makeConfiguration makes what operators ask what is in force.
func (p *parts) makeConfiguration(s *surroundings) (err error) {
	s.teller = newTeller(s.config)
	p.configuration, err = configuration.New(p.allowed, s.teller.state())
	return err
}

// tenancy says whose objects are.
func (p *parts) tenancy(s *surroundings) inventory.Tenancy {
	return inventory.Tenancy{SingleTenant: p.tenants == nil, SharedUnlabelled: s.config.Tenancy.Unlabelled == config.UnlabelledShared}
}

// makeViews makes the inventory, with no backend attached yet, and what runs
// plugins.
func (p *parts) makeViews(s *surroundings) error {
	router, err := newRouter(s.config)
	if err != nil {
		return err
	}
	p.atlas = newAtlas(s.config.OCloud)
	ic := inventory.Config{
		Projections: httpserver.Projections(p.atlas), Router: router, Authorizer: p.allowed, Log: s.logger("inventory"),
		Tenancy: p.tenancy(s),
	}
	if p.tenants != nil {
		ic.Quotas = p.tenants.quotas
	}
	if p.announcer != nil {
		ic.Announcer, ic.Poller = p.announcer, p.poller
	}
	if p.views, err = inventory.New(ic); err != nil {
		return err
	}
	if p.clouds, err = ocloud.New(p.atlas, p.views); err != nil {
		return err
	}
	if err := errors.Join(s.registry.Register(telemetry.NewBackends(p.views)), s.registry.Register(telemetry.NewReads(p.views.Reads))); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if s.config.Role.Serves() {
		p.recent = recent.New(recent.Config{Changes: p.views, Reader: p.views, Authorizer: p.allowed})
	}
	p.plugins, err = pluginhost.New(hostConfig(s.config.Plugins, s.given), s.log.Named("adapter"), s.registry)
	return err
}

// makeAdapters makes what operators steer adapters with.
func (p *parts) makeAdapters(ctx context.Context, s *surroundings) (err error) {
	p.adapters, err = adapters.New(adapters.Config{
		Inventory: p.views, Store: p.stores.pauses, Bus: p.stores.bus, Authorizer: p.allowed, Log: s.logger("adapters"),
	})
	if err != nil {
		return err
	}
	p.adapters.Load(ctx)
	return nil
}

// makeEventPath makes what turns changes of the views into notifications, as far
// as the process's role needs it.
func (p *parts) makeEventPath(s *surroundings) (err error) {
	c := s.config.Subscriptions
	served := families(s.config)
	if p.sender, err = newSender(c, s.given.Version, s.logger("webhook"), s.registry, s.tls); err != nil {
		return err
	}
	if s.config.Role.Serves() {
		sc := subscriptions.Config{
			Store: p.stores.subscriptions, Standings: p.stores.log, Callbacks: p.sender, Authorizer: p.allowed, Bus: p.stores.bus,
			Families: served, HostInCertificate: c.Callbacks.HostInCertificate, Limits: subscriptionstore.Limits{PerTenant: c.Limits.PerTenant, Total: c.Limits.Total},
			Log: s.logger("subscriptions"),
		}
		if p.tenants != nil {
			sc.TenantLimit = func(tenant string) int { return p.tenants.subscriptionLimit(tenant, c.Limits.PerTenant) }
		}
		if p.service, err = subscriptions.New(sc); err != nil {
			return err
		}
	}
	if !s.config.Role.Controls() {
		return nil
	}
	events, err := telemetry.NewEvents(s.registry)
	if err != nil {
		return err
	}
	var held func(string) bool
	if p.tenants != nil {
		held = p.tenants.held
	}
	leading, err := p.leading(s)
	if err != nil {
		return err
	}
	if p.deliverer, err = delivery.New(delivery.Config{
		Held:   held,
		Member: s.process, Assignment: p.stores.assignment, Queues: p.stores.log, Subscriptions: p.stores.subscriptions,
		Sender: p.sender, Bus: p.stores.bus, Telemetry: events, Families: served, Log: s.logger("delivery"),
		TTL: s.config.Leadership.LeaseDuration, AttemptTimeout: c.Delivery.Timeout, Grace: c.Delivery.Grace,
		Workers: c.Delivery.Concurrency, Batch: c.Delivery.Batch, Policy: delivery.Policy{MaxAge: c.Delivery.MaxAge},
	}); err != nil {
		return err
	}
	p.leader, err = detection.New(detection.Config{
		Changes: detection.Join(p.views, p.alarms.views), Log: p.stores.log, Subscriptions: p.stores.subscriptions, Families: served, Bus: p.stores.bus,
		Events: events, Logger: s.logger("leader"), Leading: leading, Wake: p.deliverer.Wake,
		CoalesceLength: c.Queue.CoalesceLength, CoalesceAge: c.Queue.CoalesceAge, HardCap: c.Queue.HardCap,
	})
	return err
}

// families are the API families that subscriptions are made under.
func families(c *config.Config) []subscription.Family {
	atlas, url := newAtlas(c.OCloud), standardURL(c)
	_, cloud := c.OCloud.Identity()
	return httpserver.Subscribed(httpserver.Told{
		ExternalURL: c.Server.ExternalURL, StandardURL: url, Atlas: atlas, GlobalCloudID: cloud,
	})
}

// leading is what goes on beside detection while this process leads.
func (p *parts) leading(s *surroundings) ([]func(context.Context, store.Token), error) {
	duties := []func(context.Context, store.Token){p.alarms.keeper.Lead}
	if p.poller != nil {
		duties = append(duties, p.poller.Lead)
	}
	if p.audit != nil {
		duties = append(duties, p.audit.Purge)
	}
	if p.tenants != nil {
		keeper, err := tenancy.NewKeeper(tenancy.KeeperConfig{Service: p.tenants.service, Counter: p.views, Log: s.logger("tenancy")})
		if err != nil {
			return nil, err
		}
		duties = append(duties, keeper.Lead)
	}
	return duties, nil
}

// attach starts the plugins and feeds the views of their backends.
func (p *parts) attach(s *surroundings) error {
	if p.runner = s.runner; p.runner == nil {
		p.runner = plugins{p.plugins}
	}
	for _, a := range s.config.EnabledAdapters() {
		if err := p.attachOne(a); err != nil {
			return fmt.Errorf("adapter %s: %w", a.Name, err)
		}
		p.adapters.Settle()
	}
	return nil
}

// aside is what goes on in every process, whatever its role.
func (p *parts) aside() []task {
	tasks := append(slices.Clone(p.stores.aside), task{"following plugins", p.plugins.Follow},
		task{"following what operators ask of adapters", p.adapters.Run})
	if p.store != nil {
		tasks = append(tasks, task{"watching over the store", p.store.watch})
	}
	if p.tenants != nil {
		tasks = append(tasks, p.tenants.aside()...)
	}
	if p.audit != nil {
		tasks = append(tasks, task{"keeping the audit log", p.audit.Run})
	}
	if p.verifier != nil {
		tasks = append(tasks, task{"reading the identity provider's keys", p.verify})
	}
	if p.recent != nil {
		tasks = append(tasks, task{"remembering recent changes", p.recent.Run})
	}
	if p.announcer == nil {
		return tasks
	}
	hear := func(ctx context.Context) error { return p.announcer.Listen(ctx, p.views, p.poller.News) }
	return append(tasks, task{"announcing writes", p.announcer.Announce}, task{"hearing of others' writes", hear},
		task{"hearing of snapshots", p.poller.Listen})
}

// close takes down what compose made, the last first: feeds, plugins, the store.
// Plugins get no more time than ctx.
func (p *parts) close(ctx context.Context) error {
	var errs []error
	if p.views != nil {
		p.views.Close()
	}
	if p.alarms != nil {
		p.alarms.close()
	}
	if p.plugins != nil {
		errs = append(errs, p.plugins.Close(ctx))
	}
	p.ending.wait()
	if p.sender != nil {
		p.sender.Close()
	}
	if p.verifier != nil {
		p.verifier.Close()
	}
	if p.stores != nil {
		errs = append(errs, p.stores.Close())
	}
	return errors.Join(errs...)
}
