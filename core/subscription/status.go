package subscription

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
)

// standingsLogged is how seldom it is logged that standings cannot be read.
const standingsLogged = 30 * time.Second

func (s *Service) withStatus(ctx context.Context, sub *o2.Subscription) subscription.Subscribed {
	return s.withStatuses(ctx, []*o2.Subscription{sub})[0]
}

// withStatuses adds to each subscription how it is doing. Without an answer of
// the event log they have none: that is no reason not to show them.
func (s *Service) withStatuses(ctx context.Context, list []*o2.Subscription) []subscription.Subscribed {
	out := make([]subscription.Subscribed, len(list))
	ids := make([]o2.ID, len(list))
	for i, sub := range list {
		out[i].Subscription, ids[i] = sub, sub.ID
	}
	if len(list) == 0 {
		return out
	}
	standings, err := s.config.Standings.Standings(ctx, ids)
	if err != nil || len(standings) != len(list) {
		if ctx.Err() == nil {
			s.logStandings(err)
		}
		return out
	}
	for i, standing := range standings {
		out[i].Status = &subscription.Status{State: stateOf(standing), Standing: standing}
	}
	return out
}

func stateOf(s eventlog.Standing) subscription.State {
	switch {
	case s.Overflowed:
		return subscription.StateSuspended
	case s.Attempts > 0:
		return subscription.StateRetrying
	default:
		return subscription.StateActive
	}
}

// logStandings logs that standings could not be read, once in a while.
func (s *Service) logStandings(err error) {
	now := s.config.Now()
	s.mu.Lock()
	quiet := now.Before(s.quietUntil)
	if !quiet {
		s.quietUntil = now.Add(standingsLogged)
	}
	s.mu.Unlock()
	if !quiet {
		s.config.Log.Warn("subscriptions are shown without their status", "error", err)
	}
}
