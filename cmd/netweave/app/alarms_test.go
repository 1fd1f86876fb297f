package app

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

var operator = scope.New(scope.Identity{Tenant: "default", User: "u"})

// leads has the alarm service's keeper lead until the test ends.
func (s *site) leads() {
	ctx, cancel := context.WithCancel(s.t.Context())
	var leading sync.WaitGroup
	leading.Go(func() { s.p.alarms.keeper.Lead(ctx, store.Token("f")) })
	s.t.Cleanup(func() { cancel(); leading.Wait() })
}

// alarms waits until the alarms are those, each an adapter's name and a severity.
func (s *site) alarms(want ...string) (found []*o2.Alarm) {
	s.t.Helper()
	var got []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		page, err := s.p.alarms.views.List(s.t.Context(), operator, inventory.Query{Kind: o2.KindAlarm, Limit: 100})
		if err != nil {
			continue // nothing is read yet
		}
		got, found = nil, nil
		for _, item := range page.Items {
			a := item.Object().(*o2.Alarm)
			got, found = append(got, a.Source+" "+a.Severity.String()), append(found, a)
		}
		if slices.Sort(got); slices.Equal(got, want) {
			return found
		}
	}
	s.t.Fatalf("there are %v, want %v", got, want)
	return nil
}

func TestAlarmsOfAdaptersThatComeAndGo(t *testing.T) {
	quick := "alarms: {pollInterval: 100ms}\n"
	s := newSite(t, siteA+quick)
	s.leads()
	a := s.alarms("a MAJOR")[0]
	if a.ResourceID != o2.DeriveID("a", "machine") || a.Name != "hot" {
		t.Errorf("raised is %+v", a)
	}
	wantAsked(t, s.saves(siteA+siteB+quick, true), `start b shed {"y":1}`)
	s.alarms("a MAJOR", "b MAJOR")
	item, err := s.p.alarms.service.Acknowledge(t.Context(), operator, a.ID)
	if err != nil || !item.Object().(*o2.Alarm).Acknowledged {
		t.Errorf("acknowledged: %v", err)
	}
	s.saves(siteA+quick, true)
	s.alarms("a MAJOR", "b CLEARED")

	c, err := s.p.alarms.service.Configuration(t.Context(), operator)
	if err != nil || c.RetentionDays != 30 {
		t.Errorf("the configuration is %+v, %v", c, err)
	}
	s.saves(siteA+strings.Replace(quick, "}", ", retentionDays: 9}", 1), true)
	if c, err = s.p.alarms.service.Configuration(t.Context(), operator); err != nil || c.RetentionDays != 9 {
		t.Errorf("the configuration is %+v, %v", c, err)
	}
}
