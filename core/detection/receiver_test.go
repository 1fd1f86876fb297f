package detection

import (
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// receiver is a subscriber that builds its own copy from what it is sent.
type receiver struct {
	subscription *o2.Subscription
	copied       map[o2.ObjectKey]o2.Digest
	// seen has what each id said.
	seen map[o2.ID]string
	// strict: it was given an initial state and nothing is ever given up on, so that
	// every event follows from the one before.
	strict bool
}

func newReceiver(s *o2.Subscription, strict bool) *receiver {
	return &receiver{
		subscription: s, copied: map[o2.ObjectKey]o2.Digest{}, seen: map[o2.ID]string{}, strict: strict,
	}
}

// take applies what was sent, unless it was before.
func (r *receiver) take(incarnation o2.ID, d eventlog.Delivery) error {
	said := fmt.Sprintf("%v of %v from %v to %v at %v, coalesced %v", d.Type, d.Object, d.PriorDigest, d.PostDigest, d.At.UnixNano(), d.Coalesced)
	event := o2.EventID(incarnation, d.Object, d.Sequence, d.PriorDigest, d.PostDigest, r.subscription.ID)
	if before, ok := r.seen[event]; ok {
		if before != said {
			return fmt.Errorf("event %s was %q and is %q", event, before, said)
		}
		return nil
	}
	r.seen[event] = said
	if err := r.whole(d); err != nil {
		return fmt.Errorf("%s: %w", said, err)
	}
	held, has := r.copied[d.Object]
	switch {
	case d.Type == o2.EventResync:
		clear(r.copied)
		return nil
	case !r.strict:
	case d.Type == o2.EventCreated && has:
		return fmt.Errorf("%s: it is held as %v", said, held)
	case d.Type != o2.EventCreated && (!has || held != d.PriorDigest):
		return fmt.Errorf("%s: it is held as %v (%v)", said, held, has)
	}
	if d.Type == o2.EventDeleted {
		delete(r.copied, d.Object)
	} else {
		r.copied[d.Object] = d.PostDigest
	}
	return nil
}

// whole checks that a delivery has the states that it names, and only such as
// the subscriber may see.
func (r *receiver) whole(d eventlog.Delivery) error {
	for _, s := range []struct {
		name   string
		object o2.Object
		digest o2.Digest
		want   bool
	}{
		{"prior", d.PriorState, d.PriorDigest, d.Type == o2.EventModified || d.Type == o2.EventDeleted},
		{"post", d.PostState, d.PostDigest, d.Type == o2.EventModified || d.Type == o2.EventCreated},
	} {
		switch {
		case (s.object != nil) != s.want || (s.digest != o2.Digest{}) != s.want:
			return fmt.Errorf("it has the %s state %v, %v", s.name, s.object, s.digest)
		case s.object == nil:
		case s.object.Head().StateDigest != s.digest || keyOf(s.object) != d.Object:
			return fmt.Errorf("its %s state is not the one named", s.name)
		case !r.subscription.Sees(d.Object.Kind, s.object.Head().Tenant):
			return fmt.Errorf("its %s state is of the tenant %s", s.name, s.object.Head().Tenant)
		}
	}
	return nil
}
