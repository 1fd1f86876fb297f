package sdktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

var shownChecks = []check{
	{name: "figures of pools make sense", run: saneFigures},
	{name: "sites of pools agree", run: agreeingSites},
}

// clockSkew is how far ahead a backend's clock may be.
const clockSkew = time.Hour

func saneFigures(ctx context.Context, s *subject) error {
	pools, err := s.pools().all(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	told := false
	for _, o := range pools {
		p := o.(*sdk.ResourcePool)
		if err := saneTimes(p); err != nil {
			return err
		}
		if p.Health == nil && p.Metrics == nil {
			continue
		}
		told = true
		if m := p.Metrics; m != nil {
			if m.CPURequested > m.CPUCapacity && m.CPUCapacity >= 0 || m.MemoryRequested > m.MemoryCapacity && m.MemoryCapacity >= 0 {
				return fmt.Errorf("%s has more CPU or memory requested than there is: %+v", called(p), *m)
			}
		}
	}
	switch declared := s.capabilities[protocol.CapMetrics]; {
	case told && !declared:
		return errors.New("pools have Health or Metrics: implement sdk.PoolMetricsReporter, or users are told that they have none")
	case declared && !told && len(pools) > 0:
		return errors.New("the backend implements sdk.PoolMetricsReporter and no pool has Health or Metrics: fill them in")
	}
	return nil
}

func saneTimes(p *sdk.ResourcePool) error {
	latest := time.Now().Add(clockSkew)
	times := map[string]time.Time{"CreatedAt": p.CreatedAt, "UpdatedAt": p.UpdatedAt}
	if p.Metrics != nil {
		times["Metrics.At"] = p.Metrics.At
	}
	for field, at := range times {
		if at.After(latest) {
			return fmt.Errorf("%s has %s %v: that is in the future", called(p), field, at)
		}
	}
	if !p.CreatedAt.IsZero() && !p.UpdatedAt.IsZero() && p.UpdatedAt.Before(p.CreatedAt) {
		return fmt.Errorf("%s was updated at %v, before it was created at %v", called(p), p.UpdatedAt, p.CreatedAt)
	}
	return nil
}

func agreeingSites(ctx context.Context, s *subject) error {
	return again(func() error { return agreeingSitesOnce(ctx, s) })
}

func agreeingSitesOnce(ctx context.Context, s *subject) error {
	pools, err := s.pools().all(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	sites, places := map[string]*sdk.Site{}, map[string]*sdk.Location{}
	for _, o := range pools {
		p := o.(*sdk.ResourcePool)
		if p.Site == nil {
			continue
		}
		l := &p.Site.Location
		switch {
		case !s.capabilities[protocol.CapLocations]:
			return errors.New("pools have a Site: implement sdk.SiteReporter, or users are told that they have none")
		case p.GlobalLocationID != "" && p.GlobalLocationID != l.GlobalID:
			return fmt.Errorf("%s has the GlobalLocationID %q and is at the site %q, whose location is %q: they are the same thing", called(p), p.GlobalLocationID, p.Site.ID, l.GlobalID)
		case sites[p.Site.ID] != nil && !reflect.DeepEqual(sites[p.Site.ID], p.Site):
			return fmt.Errorf("the site %q is described in two ways, by %s and another pool: tell the same of it everywhere", p.Site.ID, called(p))
		case places[l.GlobalID] != nil && !reflect.DeepEqual(places[l.GlobalID], l):
			return fmt.Errorf("the location %q is described in two ways, by %s and another pool: tell the same of it everywhere", l.GlobalID, called(p))
		}
		sites[p.Site.ID], places[l.GlobalID] = p.Site, l
	}
	return nil
}
