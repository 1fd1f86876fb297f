package telemetry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/eventlog"
)

func TestEventsAreCounted(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	e, err := telemetry.NewEvents(r)
	if err != nil {
		t.Fatal(err)
	}
	e.Leading(true)
	e.Partitions(22)
	e.Fenced()
	e.Reloaded()
	e.Committed(o2.EventCreated, 3)
	e.Committed(o2.EventDeleted, 0)
	e.Coalesced(4)
	e.Overflowed()
	e.Delivered(20 * time.Millisecond)
	e.Delivered(-time.Second) // the clock went back
	e.Failed()
	e.DeadLettered()
	e.Totals(eventlog.Totals{Subscriptions: 5, Entries: 7, DeadLetters: 2, Retrying: 1})
	const want = `
# HELP netweave_dead_letters_held Events that were given up on and neither redelivered nor purged. Only the leader has it.
# TYPE netweave_dead_letters_held gauge
netweave_dead_letters_held 2
# HELP netweave_dead_letters_total Events that were given up on.
# TYPE netweave_dead_letters_total counter
netweave_dead_letters_total 1
# HELP netweave_deliveries_total Notifications that receivers accepted.
# TYPE netweave_deliveries_total counter
netweave_deliveries_total 2
# HELP netweave_delivery_retries_total Attempts to deliver that failed and are made again.
# TYPE netweave_delivery_retries_total counter
netweave_delivery_retries_total 1
# HELP netweave_event_entries_total Entries that events put into subscriptions' queues.
# TYPE netweave_event_entries_total counter
netweave_event_entries_total 3
# HELP netweave_events_coalesced_total Queue entries that others took in.
# TYPE netweave_events_coalesced_total counter
netweave_events_coalesced_total 4
# HELP netweave_events_committed_total Changes of objects that became events, by type.
# TYPE netweave_events_committed_total counter
netweave_events_committed_total{type="created"} 1
netweave_events_committed_total{type="deleted"} 1
netweave_events_committed_total{type="modified"} 0
# HELP netweave_fencing_rejections_total Writes that the store refused since another process had taken over.
# TYPE netweave_fencing_rejections_total counter
netweave_fencing_rejections_total 1
# HELP netweave_leader 1 while this process leads: it alone turns changes into events.
# TYPE netweave_leader gauge
netweave_leader 1
# HELP netweave_leader_reloads_total Times that the leader read all told records and subscriptions anew.
# TYPE netweave_leader_reloads_total counter
netweave_leader_reloads_total 1
# HELP netweave_partitions_held Partitions of subscriptions that this process delivers.
# TYPE netweave_partitions_held gauge
netweave_partitions_held 22
# HELP netweave_queue_entries Entries in all subscriptions' queues. Only the leader has it.
# TYPE netweave_queue_entries gauge
netweave_queue_entries 7
# HELP netweave_queue_oldest_age_seconds Age of the oldest change in any queue, 0 if all are empty. Only the leader has it.
# TYPE netweave_queue_oldest_age_seconds gauge
netweave_queue_oldest_age_seconds 0
# HELP netweave_queue_overflows_total Queues that went past the hard cap and were replaced by a fresh initial state.
# TYPE netweave_queue_overflows_total counter
netweave_queue_overflows_total 1
# HELP netweave_subscriptions_active Subscriptions in force. Only the leader has it.
# TYPE netweave_subscriptions_active gauge
netweave_subscriptions_active 5
# HELP netweave_subscriptions_retrying Subscriptions whose first entry has failed before. Only the leader has it.
# TYPE netweave_subscriptions_retrying gauge
netweave_subscriptions_retrying 1
`
	var names []string
	for line := range strings.Lines(want) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			names = append(names, strings.Fields(name)[0])
		}
	}
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(r); err != nil || n != len(names)+1+2 { // the histogram, and two more types of event
		t.Errorf("%d metrics, %v", n, err)
	}
	if _, err := telemetry.NewEvents(r); err == nil {
		t.Error("the metrics could be registered twice")
	}
}

func TestTheLatencyIsBucketedFromMillisecondsToMinutes(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	e, err := telemetry.NewEvents(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{4 * time.Millisecond, 20 * time.Millisecond, time.Second, 9 * time.Minute, time.Hour} {
		e.Delivered(d)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[float64]uint64{}
	for _, f := range families {
		if f.GetName() == "netweave_delivery_latency_seconds" {
			for _, b := range f.GetMetric()[0].GetHistogram().GetBucket() {
				got[b.GetUpperBound()] = b.GetCumulativeCount()
			}
		}
	}
	for bound, want := range map[float64]uint64{.005: 1, .01: 1, .02: 2, .5: 2, 1: 3, 300: 3, 600: 4} {
		if got[bound] != want {
			t.Errorf("within %v s: %d, want %d", bound, got[bound], want)
		}
	}
}

// How the queues stand is the leader's to tell, and not that of one that was.
func TestOnlyTheLeaderTellsHowTheQueuesStand(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	e, err := telemetry.NewEvents(r)
	if err != nil {
		t.Fatal(err)
	}
	count := func() int {
		n, err := testutil.GatherAndCount(r, "netweave_queue_entries", "netweave_queue_oldest_age_seconds")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	e.Leading(true)
	e.Totals(eventlog.Totals{Entries: 1, Oldest: time.Now().Add(-time.Minute)})
	during := count()
	e.Leading(false)
	if after := count(); before != 0 || during != 2 || after != 0 {
		t.Errorf("before %d, while leading %d, after %d", before, during, after)
	}
}

func TestReadsAreCountedByOutcome(t *testing.T) {
	c := telemetry.NewReads(func() (uint64, uint64) { return 5, 2 })
	const want = `
# HELP netweave_reads_total Lists and gets: answered from the views, or refused (not_synced) since no backend that they cover has been read.
# TYPE netweave_reads_total counter
netweave_reads_total{outcome="answered"} 5
netweave_reads_total{outcome="not_synced"} 2
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
