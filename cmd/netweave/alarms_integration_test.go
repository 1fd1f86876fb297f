//go:build integration

package main

import (
	"fmt"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// alarming is the lab with five alarms raised at any time.
var alarming = strings.Replace(lab, "resourcesPerPool: 25", "resourcesPerPool: 25, alarms: {active: 5}", 1) +
	"alarms: {pollInterval: 200ms}\n"

// alarms counts the alarms that are raised, and those that are cleared.
func (g *gateway) alarms() (raised, cleared int) {
	g.t.Helper()
	for line := range strings.Lines(g.ask("GET", "/metrics", "", 200).body) {
		var n int
		rest, found := strings.CutPrefix(line, `o2ims_alarms{severity="`)
		if severity, count, _ := strings.Cut(rest, `"} `); found {
			if _, err := fmt.Sscan(count, &n); err != nil {
				g.t.Fatal(err)
			}
			if severity == "CLEARED" {
				cleared += n
			} else {
				raised += n
			}
		}
	}
	return raised, cleared
}

func (g *gateway) wantAlarms(raised, cleared int) {
	g.t.Helper()
	g.eventually(fmt.Sprintf("%d alarms are raised and %d cleared", raised, cleared), func() error {
		if r, c := g.alarms(); r != raised || c != cleared {
			return fmt.Errorf("raised are %d and cleared %d", r, c)
		}
		return nil
	})
}

// TestAlarmsOutliveTheGateway, however it ends, and so do their acknowledgements.
func TestAlarmsOutliveTheGateway(t *testing.T) {
	dir := t.TempDir()
	g := startIn(t, dir, alarming)
	g.ready()
	g.wantAlarms(5, 0)
	before := g.listAlarms("")
	g.acknowledge(before[:2]...)
	before = g.listAlarms("")
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		g.signal(signal)
		g.exit()
		g = startIn(t, dir, alarming)
		g.ready()
		g.wantAlarms(5, 0)
		if after := g.listAlarms(""); !reflect.DeepEqual(after, before) {
			t.Errorf("the alarms were %v, and are %v", before, after)
		}
	}
	// The mock that has been started since is reminded of the first two.
	g.acknowledge(before[2:]...)
	g.wantAlarms(5, 5)
}

func (g *gateway) acknowledge(list ...map[string]any) {
	g.t.Helper()
	for _, a := range list {
		g.patch(fmt.Sprintf("%s/alarms/%s", monitoring, a["alarmEventRecordId"]), `{"alarmAcknowledged":true}`, 200)
	}
}

// TestAlarmsOfTwoProcesses: one keeps them and both show them, and the other keeps
// them on when the first is killed.
func TestAlarmsOfTwoProcesses(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	text := strings.Replace(alarming, "store: {embedded: {path: $DIR/store.db}}",
		fmt.Sprintf("store: {type: redis, redis: {addresses: [%q]}}", c.Addresses()[0]), 1) + "leadership: {leaseDuration: 2s}\n"
	one := start(t, text)
	one.ready()
	one.wantAlarms(5, 0)
	two := start(t, text)
	two.ready()
	two.wantAlarms(5, 0)
	gate := start(t, text, "--role", "gateway")
	gate.ready()
	gate.wantAlarms(5, 0)
	one.signal(syscall.SIGKILL)
	one.exit()
	// Whoever leads now has its mock hear of it, which raises others then.
	gate.acknowledge(gate.listAlarms("")...)
	two.wantAlarms(5, 5)
	gate.wantAlarms(5, 5)
}
