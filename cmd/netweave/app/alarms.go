package app

import (
	"fmt"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/alarm"
	"github.com/netweave/netweave/core/inventory"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/outbound/telemetry"
)

// alarms are the parts of the alarm service.
type alarms struct {
	book    *alarm.Book
	views   *inventory.Service
	sources *alarm.Sources
	service *alarm.Service
	keeper  *alarm.Keeper
}

// makeAlarms makes the alarm service, and begins to feed its view.
func (p *parts) makeAlarms(s *surroundings) (err error) {
	a := &alarms{sources: &alarm.Sources{Paused: p.views.Paused, Log: s.logger("alarms")}}
	p.alarms = a
	if a.book, err = alarm.NewBook(alarm.BookConfig{Store: p.stores.alarms, Bus: p.stores.bus, Log: s.logger("alarms")}); err != nil {
		return err
	}
	counted, err := telemetry.NewAlarms(s.registry, a.book.Severities)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if a.views, err = inventory.New(inventory.Config{
		Projections: httpserver.Projections(p.atlas), Router: alarm.Everywhere{}, Authorizer: p.allowed, Log: s.logger("alarms"), Tenancy: p.tenancy(s),
	}); err != nil {
		return err
	}
	a.book.Show(a.views)
	c := alarm.Config{
		Book: a.book, Sources: a.sources, Inventory: p.views, Telemetry: counted, Settings: alarmSettings(s.config), Log: s.logger("alarms"),
	}
	if a.keeper, err = alarm.NewKeeper(c); err != nil {
		return err
	}
	if a.service, err = alarm.NewService(alarm.ServiceConfig{Config: c, Alarms: a.views, Authorizer: p.allowed}); err != nil {
		return err
	}
	return a.views.Attach(a.book, inventory.FeedConfig{})
}

func alarmSettings(c *config.Config) alarm.Settings {
	return alarm.Settings{PollInterval: c.Alarms.PollInterval, RetentionDays: c.Alarms.RetentionDays, MaxRecords: c.Alarms.MaxRecords}
}

// configure has the alarm service go by other settings.
func (a *alarms) configure(c *config.Config) {
	a.keeper.Configure(alarmSettings(c))
	a.service.Configure(alarmSettings(c))
}

// close ends the view, and waits for what backends are being told.
func (a *alarms) close() {
	if a.views != nil {
		a.views.Close()
	}
	a.sources.Close()
}
