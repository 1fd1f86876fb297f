package kube

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	// payAgain is how often an epoch that is owed is tried.
	payAgain = time.Second
	// deleted stands for the generation of an object that is gone.
	deleted = math.MaxInt64
	// maxOwn bounds the own writes that are remembered.
	maxOwn = 100_000
	// accepted is the condition in an object's status.
	accepted = "Accepted"
)

// verdict is what was found of an object.
type verdict struct {
	generation int64
	// reason says why it is no subscription, "" if it is one.
	reason        string
	secretVersion string
}

// wrote notes a write of this store, so that Run does not announce it as well.
func (s *Subscriptions) wrote(r *resource) { s.did(r.UID, r.Generation) }

func (s *Subscriptions) did(uid types.UID, generation int64) {
	if !s.cfg.Announce {
		return
	}
	if len(s.own) >= maxOwn {
		// Announcing once more than needed does no harm.
		clear(s.own)
	}
	s.own[uid] = generation
}

// follow announces changes that others made, and what it owes.
func (s *Subscriptions) follow(ctx context.Context, seen *sightings) {
	known := map[types.UID]verdict{}
	again := time.NewTicker(payAgain)
	defer again.Stop()
	if s.cfg.Announce {
		// Nobody knows what happened before.
		s.announce(ctx, true)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			s.announce(ctx, false)
		case <-seen.more:
			if batch := seen.take(); s.cfg.Announce {
				s.review(ctx, batch, known)
			}
		}
	}
}

// announce renews the epoch if it must or is owed.
func (s *Subscriptions) announce(ctx context.Context, must bool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if !must && !s.owed {
		return
	}
	if err := s.renew(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("the leader cannot be told of changed subscriptions yet", "error", err)
	}
}

// review looks at what was seen: it renews the epoch once if any of it is news,
// then tells each object's status.
func (s *Subscriptions) review(ctx context.Context, batch map[types.UID]sighting, known map[types.UID]verdict) {
	news := false
	verdicts := map[types.UID]verdict{}
	for uid, one := range batch {
		foreign := s.isForeign(one)
		if one.gone {
			delete(known, uid)
			if news = news || foreign; foreign && one.ours() {
				s.unclaim(ctx, one.subscription(s.cfg.Tenant).Likeness(), one.id())
			}
			continue
		}
		v, ok := s.examine(ctx, one.resource)
		if !ok {
			continue // it is looked at again
		}
		before, seenBefore := known[uid]
		known[uid], verdicts[uid] = v, v
		switch {
		case !seenBefore, before.generation != v.generation:
			news = news || foreign
		case before != v:
			news = true
		}
	}
	if news {
		s.announce(ctx, true)
	}
	for uid, v := range verdicts {
		s.tell(ctx, batch[uid].resource, v)
	}
}

// isForeign reports whether it was not this store that made an object what it is.
func (s *Subscriptions) isForeign(one sighting) bool {
	// Whoever writes now has yet to say what.
	s.writing.Lock()
	defer s.writing.Unlock()
	last, ok := s.own[one.UID]
	if one.gone {
		delete(s.own, one.UID)
		return !ok || last != deleted
	}
	return !ok || one.Generation > last
}

// examine judges what the gateway did not write; ok is false if it cannot.
func (s *Subscriptions) examine(ctx context.Context, r *resource) (v verdict, ok bool) {
	v.generation = r.Generation
	if r.ours() {
		return v, true
	}
	_, version, err := s.judge(ctx, r)
	if i, wrong := errors.AsType[*invalid](err); wrong {
		v.reason = i.Error()
		return v, true
	}
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("a subscription's object cannot be judged yet", "name", r.Name, "error", err)
		}
		return v, false
	}
	v.secretVersion = version
	return v, true
}

// tell writes a verdict into the object's status, unless it is there.
func (s *Subscriptions) tell(ctx context.Context, r *resource, v verdict) {
	if r.ours() {
		return
	}
	c := metav1.Condition{
		Type: accepted, Status: metav1.ConditionTrue, ObservedGeneration: r.Generation,
		LastTransitionTime: metav1.NewTime(s.now().Truncate(time.Second)), Reason: "Valid", Message: "Notifications are sent.",
	}
	if v.reason != "" {
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Invalid", v.reason
	}
	for _, old := range r.Status.Conditions {
		if old.Type == accepted && old.Status == c.Status {
			c.LastTransitionTime = old.LastTransitionTime
			if old.ObservedGeneration == c.ObservedGeneration && old.Message == c.Message && r.Status.SecretVersion == v.secretVersion {
				return
			}
		}
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"secretVersion": v.secretVersion, "conditions": []metav1.Condition{c}}})
	if err == nil {
		_, err = s.objects.Patch(ctx, r.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil && !notFound(err) && ctx.Err() == nil {
		s.log.Warn("a subscription's status cannot be written", "name", r.Name, "error", err)
	}
}
