package detection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
)

// lead runs a leader in the bubble until stop is called, which waits for it.
func (b *rig) lead(t *testing.T) (ended <-chan struct{}, stop func()) {
	t.Helper()
	l, err := New(b.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Lead(ctx)
	}()
	synctest.Wait()
	return done, func() {
		cancel()
		<-done
	}
}

// elapse lets time pass in the bubble, and everything happen that then does.
func elapse(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var woken [][]int
		var fences []store.Token
		b := newRig(t, func(c *Config) {
			c.Refresh = time.Hour // whatever happens happens because of news
			c.Wake = func(partitions []int) { woken = append(woken, partitions) }
			hook := func(ctx context.Context, fence store.Token) {
				fences = append(fences, fence)
				<-ctx.Done()
			}
			c.Leading = append(c.Leading, hook)
		})
		var published []byte
		listening, hush := context.WithCancel(t.Context())
		var listener sync.WaitGroup
		listener.Go(func() {
			err := b.config.Bus.Listen(listening, []bus.Topic{bus.Deliveries}, func(m bus.Message) { published = append(published, m.Body...) })
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		_, stop := b.lead(t)
		if len(fences) != 1 || !b.log.Leads(fences[0]) {
			t.Errorf("the hook has the fences %q", fences)
		}

		s := subscribed(1, "")
		b.create(s)
		if err := b.config.Bus.Publish(t.Context(), bus.Message{Topic: bus.Subscriptions, Key: "created", Body: []byte(s.ID)}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.views.set(resource(1, "red"))
		synctest.Wait()
		b.wantQueue(s, "+1")
		partition := assignment.Of(s.ID)
		if want := [][]int{{partition}}; len(woken) != 1 || !slices.Equal(woken[0], want[0]) {
			t.Errorf("woken were %v, want %v", woken, want)
		}
		if want := []byte{byte(partition)}; !bytes.Equal(published, want) {
			t.Errorf("published was %v, want %v", published, want)
		}

		stop()
		hush()
		listener.Wait()
		if !slices.Equal(b.counts.leads, []bool{true, false}) || len(b.counts.totals) == 0 || b.counts.fenced != 0 {
			t.Errorf("leading was told as %v, totals %d times, fenced %d", b.counts.leads, len(b.counts.totals), b.counts.fenced)
		}
	})
}

func TestLeadEndsWhenAnotherLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRig(t)
		ended, stop := b.lead(t)
		defer stop()
		if _, err := b.log.Lead(t.Context()); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		<-ended
		if waited := time.Since(begin); waited > 300*time.Millisecond {
			t.Errorf("it took %v to notice", waited)
		}
		if b.counts.fenced != 1 || !slices.Equal(b.counts.leads, []bool{true, false}) {
			t.Errorf("%d were fenced, leading was told as %v", b.counts.fenced, b.counts.leads)
		}
	})
}

// TestFailoverIsNoticed though there is nothing to write.
func TestFailoverIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRig(t)
		s := subscribed(1, "")
		b.create(s)
		_, stop := b.lead(t)
		defer stop()
		b.views.set(resource(1, "red"))
		synctest.Wait()
		restore := b.log.Save()
		b.views.set(resource(1, "blue"), resource(2, "red"))
		synctest.Wait()
		b.views.remove(key(1))
		synctest.Wait()
		b.wantQueue(s, "+1 ~1 +2 -1")
		restore()
		b.wantQueue(s, "+1")
		elapse(700 * time.Millisecond)
		if got := strings.Fields(b.queue(s)); len(got) != 3 || !slices.Contains(got, "-1") || !slices.Contains(got, "+2") {
			t.Errorf("after the failover %v is queued", got)
		}
		if b.counts.reloaded != 1 {
			t.Errorf("everything was read again %d times", b.counts.reloaded)
		}
	})
}

// TestStoreThatIsAway is tried again ever less often, and said once.
func TestStoreThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		away, asked := true, 0
		b := newRig(t)
		b.log.Fail = func(string) error {
			mu.Lock()
			defer mu.Unlock()
			asked++
			if away {
				return store.ErrUnavailable
			}
			return nil
		}
		setAway := func(is bool) {
			mu.Lock()
			defer mu.Unlock()
			away, asked = is, 0
		}
		s := subscribed(1, "")
		setAway(false)
		b.create(s)
		setAway(true)
		_, stop := b.lead(t)
		elapse(10 * time.Second)
		if asked < 8 || asked > 16 {
			t.Errorf("it asked %d times in 10 s for leadership", asked)
		}
		setAway(false)
		elapse(2 * time.Second)
		b.views.set(resource(1, "red"))
		synctest.Wait()
		b.wantQueue(s, "+1")

		setAway(true)
		b.views.set(resource(1, "blue"))
		elapse(10 * time.Second)
		if asked < 8 || asked > 30 {
			t.Errorf("it asked %d times in 10 s for the guard", asked)
		}
		setAway(false)
		elapse(2 * time.Second)
		b.wantQueue(s, "+1 ~1")
		stop()
		for text, want := range map[string]int{
			"lets nobody lead": 1, "events are held up": 1, "events flow again": 1, "this process leads": 1,
		} {
			if got := strings.Count(b.logged.String(), text); got != want {
				t.Errorf("%q was logged %d times, want %d:\n%s", text, got, want, b.logged)
			}
		}
	})
}

// TestTotals are told though nothing happens, and their absence is said once.
func TestTotals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRig(t)
		b.log.Fail = func(op string) error {
			if op == "Totals" {
				return store.ErrUnavailable
			}
			return nil
		}
		_, stop := b.lead(t)
		elapse(time.Minute)
		stop()
		if got := strings.Count(b.logged.String(), "metrics are not up to date"); got != 1 || len(b.counts.totals) != 0 {
			t.Errorf("it was said %d times", got)
		}
		b.log.Fail = nil
		_, stop = b.lead(t)
		elapse(time.Minute)
		stop()
		if got := len(b.counts.totals); got < 12 || got > 13 {
			t.Errorf("in a minute the totals were told %d times", got)
		}
	})
}

// silent is a bus that nobody hears.
type silent struct{ bustest.Memory }

func (*silent) Publish(context.Context, bus.Message) error { return store.ErrUnavailable }
func (*silent) Listen(context.Context, []bus.Topic, func(bus.Message)) error {
	return store.ErrUnavailable
}

// TestWithoutNews: the bus only makes things faster.
func TestWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRig(t, func(c *Config) { c.Bus = &silent{} })
		_, stop := b.lead(t)
		s := subscribed(1, "")
		b.create(s)
		b.views.set(resource(1, "red"))
		elapse(time.Second)
		b.views.set(resource(2, "red"))
		elapse(time.Second)
		stop()
		b.wantQueue(s, "+1 +2")
		for _, text := range []string{"cannot be heard", "cannot be told"} {
			if got := strings.Count(b.logged.String(), text); got != 1 {
				t.Errorf("%q was logged %d times:\n%s", text, got, b.logged)
			}
		}
	})
}

func TestNew(t *testing.T) {
	good := newRig(t).config
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"all is there", func(*Config) {}, ""},
		{"no changes", func(c *Config) { c.Changes = nil }, "detection: no changes to follow are configured"},
		{"no log", func(c *Config) { c.Log = nil }, "detection: the event log, the subscriptions, the bus and the telemetry are all needed"},
		{"no family", func(c *Config) { c.Families = nil }, "detection: no API family is configured"},
		{"a family twice", func(c *Config) { c.Families = []subscription.Family{family(), family()} }, `detection: API family "test/v1" is configured twice, or cannot read filters`},
		{"a negative limit", func(c *Config) { c.HardCap = -1 }, "detection: a limit is negative: -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			_, err := New(c)
			if got := fmt.Sprint(err); (err != nil || tt.want != "") && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
