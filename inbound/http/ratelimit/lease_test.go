package ratelimit

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/ports/store"
)

// However many processes and callers there are, no more is granted than the store
// gives.
func TestProcessesShare(t *testing.T) {
	p := &pot{}
	const processes, callers, burst = 3, 8, 500
	var (
		mu    sync.Mutex
		total int
		wg    sync.WaitGroup
	)
	for range processes {
		l, _ := limiter(t, Config{Store: p, Rates: Rates{User: PerClass{Read: Rate{PerSecond: 100, Burst: burst}}}})
		for range callers {
			wg.Go(func() {
				n := grants(l, alice, Read, 2*burst/callers)
				mu.Lock()
				total += n
				mu.Unlock()
			})
		}
	}
	wg.Wait()
	// What each process has at hand and does not spend is less than a batch of 5, or
	// of as many as waited.
	if total > burst || total < burst-processes*callers {
		t.Errorf("%d granted of %d", total, burst)
	}
}

func TestBatches(t *testing.T) {
	p := &pot{}
	l, _ := limiter(t, Config{Store: p, Rates: Rates{Tenant: PerClass{Read: Rate{PerSecond: 2000, Burst: 10_000}}}})
	if got := grants(l, alice, Read, 5000); got != 5000 {
		t.Errorf("%d granted", got)
	}
	l.Close()
	if p.calls > 120 { // 100 tokens at a time
		t.Errorf("%d calls for 5000 requests", p.calls)
	}
	if p.used["read:smo-alpha"] < 5000 || len(p.used) != 1 {
		t.Errorf("%v", p.used)
	}
}

func TestStoreThatIsAwayRefusesNobody(t *testing.T) {
	p := &pot{err: store.ErrUnavailable}
	var log lines
	l, _ := limiter(t, Config{Store: p, Logger: log.logger(), Rates: Rates{User: PerClass{Read: slow(10)}}})
	if got := grants(l, alice, Read, 50); got < 10 || got > 12 {
		t.Errorf("%d of 50 by this process alone", got)
	}
	p.mu.Lock()
	calls := p.calls
	p.mu.Unlock()
	if calls != 1 || log.count("rates by itself") != 1 {
		t.Errorf("%d calls, log %s", calls, &log)
	}
	if got := testutil.ToFloat64(l.results[Read][unshared]); got < 10 {
		t.Errorf("%v counted as unshared", got)
	}
	p.set(nil)
	l.probe.Store(time.Now().UnixNano())
	waitFor(t, func() bool { grants(l, bob, Read, 1); return !l.away.Load() })
	if got := grants(l, carol, Read, 50); got < 9 || got > 12 || log.count("shared again") != 1 {
		t.Errorf("%d of 50 by the store, log %s", got, &log)
	}
}

func TestStoreThatHangsIsNotWaitedFor(t *testing.T) {
	entered, release := make(chan struct{}, 100), make(chan struct{})
	p := &pot{entered: func() { entered <- struct{}{}; <-release }}
	l, _ := limiter(t, Config{Store: p, Rates: Rates{User: PerClass{Read: slow(10)}}})
	if v := l.Take(context.Background(), alice, Read); !v.Allowed {
		t.Error("refused for the store's sake")
	}
	start := time.Now()
	if got := grants(l, alice, Read, 1000); got < 9 || time.Since(start) > 10*leaseWait {
		t.Errorf("%d granted within %s: the next ones do not wait", got, time.Since(start))
	}
	l.away.Store(false)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if v := l.Take(gone, bob, Read); !v.Allowed {
		t.Error("refused since the caller went")
	}
	<-entered
	close(release)
}

func TestEmptyBucketAsksNoMore(t *testing.T) {
	p := &pot{}
	l, _ := limiter(t, Config{Store: p, Rates: Rates{User: PerClass{Read: slow(2)}}})
	if got := grants(l, alice, Read, 1000); got != 2 {
		t.Errorf("%d granted", got)
	}
	l.leases.Wait()
	if p.calls > 4 {
		t.Errorf("%d calls", p.calls)
	}
	v := l.Take(context.Background(), alice, Read)
	w := httptest.NewRecorder()
	v.Write(w)
	if got := w.Header().Get("Retry-After"); got != "3600" {
		t.Errorf("Retry-After %s", got)
	}
}
