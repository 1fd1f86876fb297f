package subscription

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

const (
	surface = "test/v1"
	other   = "other/v1"
)

var (
	alice    = scope.New(scope.Identity{Tenant: "red", User: "alice"})
	bob      = scope.New(scope.Identity{Tenant: "blue", User: "bob"})
	operator = scope.New(scope.Identity{Platform: true, User: "operator"})
	// visitor is of the platform, on behalf of a tenant.
	visitor = scope.New(scope.Identity{Tenant: "red", Platform: true, User: "visitor"})
)

// begin is the clock's first time, which is not in UTC nor in whole milliseconds.
var begin = time.Date(2026, 3, 1, 13, 0, 0, 1_234_567, time.FixedZone("CET", 3600))

// rig is a service over stores in memory.
type rig struct {
	t         *testing.T
	service   *Service
	log       *eventlogtest.Memory
	store     *subscriptionstoretest.Memory
	callbacks *callbacks
	policy    *policy
	news      *news
	logged    bytes.Buffer
	clock     time.Time
}

func newRig(t *testing.T, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{
		t: t, log: eventlogtest.NewMemory(), callbacks: &callbacks{}, policy: &policy{}, news: &news{}, clock: begin,
	}
	r.store = subscriptionstoretest.NewMemory(r.log)
	c := Config{
		Store: r.store, Standings: r.log, Callbacks: r.callbacks, Authorizer: r.policy, Bus: r.news,
		Families: []subscription.Family{family(surface), family(other)},
		Log:      slog.New(slog.NewTextHandler(&r.logged, nil)),
		Now:      func() time.Time { return r.clock },
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if r.service, err = New(c); err != nil {
		t.Fatal(err)
	}
	return r
}

// family reads filters of lower-case words, of which "pool" selects pools, and writes notifications that name
// the event.
func family(name string) subscription.Family {
	return subscription.Family{
		Surface: name,
		Compile: func(filter string) (*subscription.Selection, error) {
			if filter == "wrong" {
				return nil, &query.Error{Parameter: "filter", Reason: "is wrong"}
			}
			kinds := o2.AllKinds
			if filter == "pool" {
				kinds = o2.SetOf(o2.KindResourcePool)
			}
			return &subscription.Selection{Text: strings.TrimSpace(filter), Kinds: kinds}, nil
		},
		ContentType: "application/test",
		Encode: func(s *o2.Subscription, e *o2.Event) ([]byte, error) {
			if e.Post == nil {
				return nil, errors.New("nothing to tell")
			}
			return fmt.Appendf(nil, "%s: %s %s", s.Callback, e.Type, e.Post.Head().Name), nil
		},
	}
}

// create makes a subscription that must be possible.
func (r *rig) create(sc scope.Scope, spec subscription.Spec) subscription.Subscribed {
	r.t.Helper()
	s, err := r.service.Create(r.t.Context(), sc, surface, spec)
	if err != nil {
		r.t.Fatalf("Create: %v", err)
	}
	return s
}

// activate puts a subscription into force, as the leader does.
func (r *rig) activate(s *o2.Subscription) {
	r.t.Helper()
	g, err := r.log.Lead(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	a := eventlog.Activation{Subscription: s.ID, Version: s.Version, Tenant: s.Tenant, Surface: s.Surface}
	if _, err := r.log.Activate(r.t.Context(), g, a, nil, false); err != nil {
		r.t.Fatal(err)
	}
}

// callbacks checks callbacks: those with "bad" are not good.
type callbacks struct{ asked []string }

func (c *callbacks) Check(ctx context.Context, callback string) error {
	c.asked = append(c.asked, callback)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if strings.Contains(callback, "bad") {
		return errors.New("its host is bad: use a good one")
	}
	return nil
}

// policy admits everyone to everything but what is forbidden, to the extent of
// reads for reading objects.
type policy struct {
	forbidden authz.Action
	reads     map[string]scope.Reach
	// reach, if set, is to what permissions over subscriptions extend.
	reach scope.Reach
	fails error
	asked []authz.Request
}

func (p *policy) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	p.asked = append(p.asked, r)
	if r.Action == p.forbidden {
		return scope.Scope{}, fmt.Errorf("%s of %s: %w", r.Action, r.Resource, authz.ErrDenied)
	}
	if reach, limited := p.reads[r.Resource]; r.Action == authz.ActionRead && limited {
		switch {
		case p.fails != nil:
			return scope.Scope{}, p.fails
		case reach == 0:
			return scope.Scope{}, fmt.Errorf("%s of %s: %w", r.Action, r.Resource, authz.ErrDenied)
		}
		return sc.Within(reach), nil
	}
	if r.Resource == authz.Subscription && p.reach != 0 {
		return sc.Within(p.reach), nil
	}
	if sc.Platform() {
		return sc.Within(scope.ReachAll), nil
	}
	return sc.Within(scope.ReachTenant), nil
}

// news is a bus that nobody listens to.
type news struct {
	mu        sync.Mutex
	published []string
	fail      error
}

func (n *news) Publish(_ context.Context, m bus.Message) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.published = append(n.published, fmt.Sprintf("%s %s %s", m.Topic, m.Key, m.Body))
	return n.fail
}

func (*news) Listen(ctx context.Context, _ []bus.Topic, _ func(bus.Message)) error {
	<-ctx.Done()
	return ctx.Err()
}

func secret(text string) *o2.Secret {
	s := o2.Secret(text)
	return &s
}
