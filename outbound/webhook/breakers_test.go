package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/ports/webhook"
)

// TestTheBreaker runs in a bubble, by its own clock.
func TestTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreakers(Config{Breaker: Breaker{Failures: 3, Open: 5 * time.Second}}.withDefaults().Breaker, slog.New(slog.DiscardHandler), time.Now)
		host := target{tenant: "a", host: "smo:443"}
		fail := func() error { return &failed{outcome: outcomeNetwork} }
		for range 2 {
			_ = b.do(host, fail)
		}
		if err := b.do(host, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if n := b.open(); n != 0 {
				t.Fatalf("open after %d failures", i)
			}
			_ = b.do(host, fail)
		}
		if n := b.open(); n != 1 {
			t.Fatalf("%v are open", n)
		}
		never := func() error { t.Error("it was sent"); return nil }
		wantHeld(t, b.do(host, never), 5*time.Second)
		<-time.After(2 * time.Second)
		wantHeld(t, b.do(host, never), 3*time.Second)
		// Another tenant's attempts to the same host are its own affair.
		if err := b.do(target{tenant: "b", host: "smo:443"}, func() error { return nil }); err != nil {
			t.Error(err)
		}
		<-time.After(3*time.Second + time.Millisecond)
		// One attempt finds out, the others wait.
		err := b.do(host, func() error {
			wantHeld(t, b.do(host, never), time.Second)
			return fail()
		})
		if err == nil {
			t.Error("the failure is lost")
		}
		wantHeld(t, b.do(host, never), 5*time.Second)
		<-time.After(5*time.Second + time.Millisecond)
		for range 2 {
			if err := b.do(host, func() error { return nil }); err != nil {
				t.Error(err)
			}
		}
		if n := b.open(); n != 0 {
			t.Errorf("%v are open", n)
		}
	})
}

func wantHeld(t *testing.T, err error, left time.Duration) {
	t.Helper()
	f, ok := errors.AsType[*failed](err)
	if !ok || !f.Held || f.RetryAfter != left || f.Status != 0 {
		t.Errorf("got %+v, want it held for %v", err, left)
	}
}

// TestWhoseFault sends failures of each class and sees whether the breaker opens.
func TestWhoseFault(t *testing.T) {
	for class, opens := range map[outcome]bool{
		outcome3xx: false, outcome4xx: false, outcome5xx: true, outcomeNetwork: true, outcomeRefused: false, outcomeToken: false,
	} {
		b := newBreakers(Config{}.withDefaults().Breaker, slog.New(slog.DiscardHandler), time.Now)
		for range 5 {
			_ = b.do(target{}, func() error { return &failed{outcome: class} })
		}
		if got := b.open() == 1; got != opens {
			t.Errorf("after five %s in a row it is open: %v, want %v", class, got, opens)
		}
	}
}

func TestBreakersAreForgotten(t *testing.T) {
	now := time.Now()
	b := newBreakers(Breaker{Failures: 5, Open: time.Second, MaxHosts: 10}, slog.New(slog.DiscardHandler), func() time.Time { return now })
	use := func(i int) { b.of(target{host: fmt.Sprint(i)}) }
	for i := range 25 {
		use(i)
		now = now.Add(time.Second)
	}
	if len(b.all) != 10 {
		t.Fatalf("%d are remembered, want 10", len(b.all))
	}
	if _, ok := b.all[target{host: "14"}]; ok {
		t.Error("the one that was unused for longest is remembered")
	}
	now = now.Add(idle)
	use(99)
	if len(b.all) != 1 {
		t.Errorf("%d are remembered after all were idle, want 1", len(b.all))
	}
}

// TestHeldOverTheWire has a failing host, whose breaker spares it.
func TestHeldOverTheWire(t *testing.T) {
	var asked atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	s := start(t, Config{AllowLoopbackHTTP: true, Breaker: Breaker{Failures: 2, Open: time.Hour}})
	for range 2 {
		wantFailure(t, s.to(t.Context(), server.URL), webhook.Failure{Status: 502, Reason: "the receiver answered 502 Bad Gateway"})
	}
	f, ok := errors.AsType[*webhook.Failure](s.to(t.Context(), server.URL+"/elsewhere"))
	if !ok || !f.Held || f.RetryAfter <= 59*time.Minute || f.RetryAfter > time.Hour {
		t.Errorf("got %+v, want it held for an hour", f)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the host was asked %d times", n)
	}
}
