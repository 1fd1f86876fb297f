package subscription

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/core/delivery"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/subscription"
)

// deadLetters is the DeadLetters port over a Service.
type deadLetters struct{ s *Service }

// List returns dead letters, each as it would be sent.
func (l *deadLetters) List(ctx context.Context, sc scope.Scope, id o2.ID, after uint64, limit int) ([]subscription.DeadLetter, error) {
	sub, err := l.find(ctx, sc, authz.ActionRead, id)
	if err != nil {
		return nil, err
	}
	incarnation, err := l.s.config.Standings.Incarnation(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the dead letters of subscription %s: %w", id, err)
	}
	letters, err := l.s.config.Standings.DeadLetters(ctx, id, after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the dead letters of subscription %s: %w", id, err)
	}
	family, served := l.s.families[sub.Surface]
	out := make([]subscription.DeadLetter, len(letters))
	for i := range letters {
		letter := &letters[i]
		event := delivery.EventOf(incarnation, sub.ID, &letter.Delivery)
		out[i] = subscription.DeadLetter{
			Position: letter.Position, EventID: event.ID, Type: event.Type, Object: event.Object, At: event.At,
			DiedAt: letter.DiedAt, Attempts: letter.Attempts, Reason: letter.Reason, Redelivering: letter.Redelivering,
		}
		if !served {
			continue // which is why it died
		}
		if out[i].Notification, err = family.Encode(sub, &event); err != nil {
			l.s.config.Log.Warn("a dead letter is shown without its notification",
				"subscription", id, "position", letter.Position, "error", err)
		}
	}
	return out, nil
}

// Redeliver asks the leader to queue dead letters again, and wakes it.
func (l *deadLetters) Redeliver(ctx context.Context, sc scope.Scope, id o2.ID, positions []uint64) (int, error) {
	if _, err := l.find(ctx, sc, authz.ActionUpdate, id); err != nil {
		return 0, err
	}
	n, err := l.s.config.Standings.RequestRedelivery(ctx, id, positions)
	if written(err) {
		l.s.publish(ctx, newsUpdated, id)
	}
	if err != nil {
		return 0, fmt.Errorf("asking for dead letters of subscription %s to be delivered again: %w", id, err)
	}
	return n, nil
}

// Purge forgets dead letters.
func (l *deadLetters) Purge(ctx context.Context, sc scope.Scope, id o2.ID, positions []uint64) (int, error) {
	if _, err := l.find(ctx, sc, authz.ActionUpdate, id); err != nil {
		return 0, err
	}
	n, err := l.s.config.Standings.PurgeDeadLetters(ctx, id, positions)
	if err != nil {
		return 0, fmt.Errorf("purging dead letters of subscription %s: %w", id, err)
	}
	return n, nil
}

func (l *deadLetters) find(ctx context.Context, sc scope.Scope, action authz.Action, id o2.ID) (*o2.Subscription, error) {
	sc, err := l.s.authorize(ctx, sc, action)
	if err != nil {
		return nil, err
	}
	return l.s.find(ctx, sc, "", id)
}
