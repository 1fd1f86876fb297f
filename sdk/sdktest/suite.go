// Package sdktest holds a plugin to the contract of package sdk.
//
// Run does so in the test's own process, over a Backend; RunPlugin over the
// plugin's built executable, started as netweave starts it. One suite serves
// both: what it finds it says in plain words, with what would be right.
//
//	func TestBackend(t *testing.T) {
//		sdktest.Run(t, func(t testing.TB) sdk.Backend { return newBackend(t) }, sdktest.Options{})
//	}
//
// The suite reads everything that the backend lists. Where the backend can
// write, it creates, changes and deletes objects of its own and nothing else;
// Options say how, if its guess is not good enough. Things may change under it:
// it compares again before it complains. It needs no network and no more than
// the backend needs itself.
package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

// Options fit the suite to a backend. The zero value suits many.
type Options struct {
	// NewResourcePool makes a pool that the backend would create; its name must
	// be new at each call. nil makes one with a name and a description.
	NewResourcePool func(ctx context.Context, b sdk.Backend) (*sdk.ResourcePool, error)
	// ChangeResourcePool changes a pool that the backend has into one that it
	// would accept as an update. nil changes the description.
	ChangeResourcePool func(pool *sdk.ResourcePool)
	// InvalidResourcePool is a pool that the backend must refuse to create. nil
	// is one without a name.
	InvalidResourcePool *sdk.ResourcePool
	// NewResource makes a resource that the backend would create. nil makes one
	// like the first that the backend lists in a pool.
	NewResource func(ctx context.Context, b sdk.Backend) (*sdk.Resource, error)
	// ReadOnly leaves out whatever would change the infrastructure.
	ReadOnly bool
	// Settle is how long a write may take to show in lists and watches; 0 means
	// 10 seconds.
	Settle time.Duration
	// Timeout bounds each part of the suite; 0 means a minute.
	Timeout time.Duration
}

// Run holds a backend to the contract. open is called for each part of the suite
// and gives a backend of its own each time; the suite closes it.
func Run(t *testing.T, open func(t testing.TB) sdk.Backend, o Options) {
	t.Helper()
	run(t, func(t testing.TB) *subject {
		b := open(t)
		if b == nil {
			t.Fatal("open returned no backend")
		}
		return newSubject(b, sdk.Capabilities(b), o)
	})
}

// RunPlugin holds a plugin's executable to the contract. config is what the
// adapter's configuration would be; it is sent as JSON. Each part of the suite
// starts a process of its own.
func RunPlugin(t *testing.T, executable string, config any, o Options) {
	t.Helper()
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatalf("the configuration cannot be written as JSON: %v", err)
	}
	run(t, func(t testing.TB) *subject {
		b := launch(t, executable, raw)
		return newSubject(b, b.Capabilities(), o)
	})
	t.Run("no secret of the configuration is shown", func(t *testing.T) {
		b := launch(t, executable, raw)
		s := newSubject(b, b.Capabilities(), o)
		err := s.bounded(t.Context(), func(ctx context.Context, s *subject) error { return keepsSecrets(ctx, s, secretsOf(raw)) })
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("unknown configuration keys are refused", func(t *testing.T) {
		if err := refusesUnknownKey(t, executable, raw); err != nil {
			t.Error(err)
		}
	})
}

// subject is a backend under test.
type subject struct {
	sdk.Backend
	capabilities map[string]bool
	options      Options
}

func newSubject(b sdk.Backend, capabilities []string, o Options) *subject {
	if o.Settle == 0 {
		o.Settle = 10 * time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	s := &subject{Backend: b, capabilities: map[string]bool{}, options: o}
	for _, name := range capabilities {
		s.capabilities[name] = true
	}
	return s
}

// check is a part of the suite. It applies to backends with all the
// capabilities that it needs.
type check struct {
	name  string
	needs []string
	// writes tells whether it changes the infrastructure.
	writes bool
	run    func(ctx context.Context, s *subject) error
}

func (c check) applies(s *subject) bool {
	if c.writes && s.options.ReadOnly {
		return false
	}
	for _, name := range c.needs {
		if !s.capabilities[name] {
			return false
		}
	}
	return true
}

func run(t *testing.T, open func(testing.TB) *subject) {
	t.Helper()
	var all []check
	all = append(all, readChecks...)
	all = append(all, callChecks...)
	all = append(all, poolChecks...)
	all = append(all, resourceChecks...)
	all = append(all, watchChecks...)
	all = append(all, shownChecks...)
	all = append(all, alarmChecks...)

	// What applies is known only once a backend is open.
	var applicable []check
	t.Run("opens, is healthy and closes", func(t *testing.T) {
		s := open(t)
		for _, c := range all {
			if c.applies(s) {
				applicable = append(applicable, c)
			}
		}
		if err := s.bounded(t.Context(), healthyAndCloses); err != nil {
			t.Error(err)
		}
	})
	for _, c := range applicable {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close failed: %v", err)
				}
			})
			if err := s.bounded(t.Context(), c.run); err != nil {
				t.Error(err)
			}
		})
	}
}

// bounded runs a check and complains if it does not come to an end.
func (s *subject) bounded(ctx context.Context, f func(context.Context, *subject) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	const grace = 5 * time.Second
	return within(s.options.Timeout+grace, "the backend's methods", func() error { return f(ctx, s) })
}

// within runs f and complains about what if f has not returned in time.
func within(d time.Duration, what string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- contained(what, f) }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return fmt.Errorf("%s did not return within %v: every method must return soon after its context has ended", what, d)
	}
}

// eventually calls f until it returns nil, and gives what it last returned if
// that takes longer than the options allow for a write to show.
func (s *subject) eventually(ctx context.Context, f func() error) error {
	deadline := time.NewTimer(s.options.Settle)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline.C:
			return fmt.Errorf("%w (still so after %v)", err, s.options.Settle)
		case <-ctx.Done():
			return fmt.Errorf("%w (still so when the time was up)", err)
		}
	}
}
