package adminv1

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/subscription"
)

const paramPosition = "position"

// ListDeadLetters answers with one page of a subscription's dead letters.
func (a *API) ListDeadLetters(w http.ResponseWriter, r *http.Request, text string) {
	a.serve(w, r, partDeadLetters, paged, func(ctx context.Context, c *call) error {
		limit, err := request.Limit(c.query, paramLimit, a.config.DefaultPageSize, a.config.MaxPageSize)
		if err != nil {
			return err
		}
		var after uint64
		if sent := c.query[paramAfter]; len(sent) > 0 {
			if after, err = position(paramAfter, sent[0]); err != nil {
				return err
			}
		}
		id, err := subscriptionID(text)
		if err != nil {
			return err
		}
		letters, err := a.services.DeadLetters.List(ctx, c.scope, id, after, limit+1)
		if err != nil {
			return named(err, noSubscription(string(id)))
		}
		if len(letters) > limit {
			letters = letters[:limit]
			a.linkNext(c, strconv.FormatUint(letters[limit-1].Position, 10))
		}
		c.answer(http.StatusOK, DeadLetterList{Items: showAll(letters, shownLetter)})
		return nil
	})
}

// RedeliverDeadLetters queues dead letters again.
func (a *API) RedeliverDeadLetters(w http.ResponseWriter, r *http.Request, text string) {
	a.serve(w, r, partDeadLetters, nil, func(ctx context.Context, c *call) error {
		var in Redelivery
		if r.ContentLength != 0 { // without a body: all
			if err := a.redelivery.Read(r, &in); err != nil {
				return err
			}
		}
		id, err := subscriptionID(text)
		if err != nil {
			return err
		}
		n, err := a.services.DeadLetters.Redeliver(ctx, c.scope, id, in.Positions)
		if err != nil {
			return named(err, noSubscription(string(id)))
		}
		c.answer(http.StatusAccepted, Count{Count: n})
		return nil
	})
}

// PurgeDeadLetters forgets dead letters.
func (a *API) PurgeDeadLetters(w http.ResponseWriter, r *http.Request, text string) {
	a.serve(w, r, partDeadLetters, []string{paramPosition}, func(ctx context.Context, c *call) error {
		var positions []uint64 // nil for all
		for _, sent := range c.query[paramPosition] {
			at, err := position(paramPosition, sent)
			if err != nil {
				return err
			}
			positions = append(positions, at)
		}
		id, err := subscriptionID(text)
		if err != nil {
			return err
		}
		n, err := a.services.DeadLetters.Purge(ctx, c.scope, id, positions)
		if err != nil {
			return named(err, noSubscription(string(id)))
		}
		c.answer(http.StatusOK, Count{Count: n})
		return nil
	})
}

func position(parameter, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, &query.Error{Parameter: parameter, Reason: "want a dead letter's position, a whole number"}
	}
	return n, nil
}

func shownLetter(l subscription.DeadLetter) DeadLetter {
	d := DeadLetter{
		Position: l.Position, EventId: string(l.EventID), EventType: l.Type.String(),
		Timestamp: moment(l.At), DiedAt: moment(l.DiedAt), Attempts: l.Attempts, Reason: l.Reason,
		Redelivering: l.Redelivering, Notification: json.RawMessage(l.Notification),
	}
	if l.Type != o2.EventResync {
		d.ObjectType, d.ObjectId = l.Object.Kind.String(), string(l.Object.ID)
	}
	return d
}
