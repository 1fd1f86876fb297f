package detection

import (
	"maps"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// settle lets everything come to rest.
func (s *storm) settle() {
	clear(s.failing)
	clear(s.meanwhile)
	for _, b := range []string{"b", "c"} {
		s.views.attach(b)
	}
	if s.term == nil || s.rand.IntN(2) == 0 {
		s.elect()
	}
	s.views.confirm("b")
	s.views.confirm("c")
	asked := !s.letters
	for quiet := 0; quiet < 3; {
		quiet++
		for {
			leads, done := s.turn(s.term)
			if !leads { // by an election whose answer was lost
				s.elect()
				s.views.confirm("b")
				s.views.confirm("c")
			}
			if done {
				break
			}
		}
		for _, r := range s.receivers {
			for s.deliver(r, 3, false, false) > 0 {
				quiet = 0
			}
		}
		if quiet == 3 && !asked {
			for id := range s.receivers {
				_, err := s.log.RequestRedelivery(s.ctx, id, nil)
				s.must(err)
			}
			asked, quiet = true, 0
		}
	}
}

// compare holds the log and every copy against the views.
func (s *storm) compare() {
	told := map[o2.ObjectKey]eventlog.State{}
	s.must(s.log.WalkTold(s.ctx, func(r eventlog.Told) error {
		told[keyOf(r.Object)] = r.State
		return nil
	}))
	for k, is := range s.views.objects {
		if r, ok := told[k]; !ok || r.Owner != is.Owner || r.Object.Head().StateDigest != is.Object.Head().StateDigest {
			s.t.Fatalf("%v is told as %+v", k, r)
		}
	}
	if len(told) != len(s.views.objects) {
		s.t.Fatalf("%d objects are told, there are %d", len(told), len(s.views.objects))
	}
	for _, r := range s.receivers {
		selection, err := family().Compile(r.subscription.Filter)
		s.must(err)
		want := map[o2.ObjectKey]o2.Digest{}
		for k, is := range s.views.objects {
			if r.subscription.Sees(k.Kind, is.Owner) && selection.Match(is.Object) {
				want[k] = is.Object.Head().StateDigest
			}
		}
		if !r.subscription.InitialState { // it may not have heard of what did not change
			maps.DeleteFunc(want, func(k o2.ObjectKey, _ o2.Digest) bool { _, heard := r.copied[k]; return !heard })
		}
		if !maps.Equal(r.copied, want) {
			s.t.Fatalf("subscription %s with filter %q has %v, want %v", r.subscription.ID, r.subscription.Filter, r.copied, want)
		}
	}
	active, err := s.log.Activations(s.ctx)
	s.must(err)
	for _, a := range active {
		if s.receivers[a.Subscription] == nil {
			s.t.Fatalf("subscription %s has ended and is in force", a.Subscription)
		}
	}
	if s.log.States() != len(told) {
		s.t.Fatalf("%d states are kept for %d objects, though nothing is queued", s.log.States(), len(told))
	}
}
