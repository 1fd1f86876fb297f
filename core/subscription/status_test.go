package subscription

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
)

func containsAll(text string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// standings says how all subscriptions stand.
type standings struct {
	*eventlogtest.Memory
	all []eventlog.Standing
	err error
}

func (s *standings) Standings(context.Context, []o2.ID) ([]eventlog.Standing, error) {
	return s.all, s.err
}

func TestStatus(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		standing eventlog.Standing
		want     subscription.State
	}{
		"nothing happened":   {eventlog.Standing{}, subscription.StateActive},
		"it is busy":         {eventlog.Standing{Length: 7, Oldest: at, LastSuccess: at}, subscription.StateActive},
		"it failed once":     {eventlog.Standing{LastError: "500", LastFailure: at}, subscription.StateActive},
		"its first fails":    {eventlog.Standing{Length: 7, Attempts: 1, Next: at}, subscription.StateRetrying},
		"it was too much":    {eventlog.Standing{Length: 1, Overflowed: true}, subscription.StateSuspended},
		"too much, and down": {eventlog.Standing{Length: 1, Attempts: 9, Overflowed: true}, subscription.StateSuspended},
	} {
		t.Run(name, func(t *testing.T) {
			s := &standings{all: []eventlog.Standing{tt.standing}}
			r := newRig(t, func(c *Config) { c.Standings = s })
			got := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"})
			if want := (subscription.Status{State: tt.want, Standing: tt.standing}); got.Status == nil || *got.Status != want {
				t.Errorf("status %+v, want %+v", got.Status, want)
			}
		})
	}
}

func TestWithoutStandingsThereIsNoStatus(t *testing.T) {
	s := &standings{err: store.ErrUnavailable}
	r := newRig(t, func(c *Config) { c.Standings = s })
	made := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"})
	for i := range 4 {
		r.clock = begin.Add(time.Duration(i) * 11 * time.Second)
		got, err := r.service.Get(t.Context(), alice, surface, made.ID)
		if err != nil || got.Status != nil || got.ID != made.ID {
			t.Errorf("got %+v (%v), want it without status", got, err)
		}
	}
	if n := strings.Count(r.logged.String(), "without their status"); n != 2 {
		t.Errorf("it was logged %d times in 33 s, want twice", n)
	}
}

func TestNewRefusesWhatIsNotWhole(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"store":      func(c *Config) { c.Store = nil },
		"standings":  func(c *Config) { c.Standings = nil },
		"callbacks":  func(c *Config) { c.Callbacks = nil },
		"authorizer": func(c *Config) { c.Authorizer = nil },
		"bus":        func(c *Config) { c.Bus = nil },
		"families":   func(c *Config) { c.Families = nil },
		"twice":      func(c *Config) { c.Families = append(c.Families, c.Families[0]) },
		"half":       func(c *Config) { c.Families[0].Encode = nil },
	} {
		t.Run(name, func(t *testing.T) {
			c := newRig(t).service.config
			c.Families = []subscription.Family{family(surface)}
			change(&c)
			if _, err := New(c); err == nil {
				t.Error("it was made all the same")
			}
		})
	}
}

func TestUnknownSurfaceIsRefused(t *testing.T) {
	r := newRig(t)
	_, err := r.service.Create(t.Context(), alice, "nowhere/v1", subscription.Spec{Callback: "https://smo.example/1"})
	if err == nil || !containsAll(err.Error(), "nowhere/v1") {
		t.Errorf("Create: %v", err)
	}
}

func TestCallbackCheckThatWasCutShortIsNoFault(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.service.Create(ctx, alice, surface, subscription.Spec{Callback: "https://smo.example/1"})
	var field *o2.FieldError
	if errors.As(err, &field) || !errors.Is(err, context.Canceled) {
		t.Errorf("Create: %v, want that it was cancelled", err)
	}
}
