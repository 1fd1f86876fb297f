package main

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netweave/netweave/sdk"
)

// raised is an alarm that is raised. Unlike pools and resources it changes in
// place; cloud.mu guards it.
type raised struct {
	id, resource string
	fault        fault
	severity     sdk.Severity
	at, changed  time.Time
	acknowledged bool
}

// alarmBook keeps as many alarms raised as it is asked for. cloud.mu guards it.
type alarmBook struct {
	active int
	faults [len(breakdowns)][]fault // by model
	list   []*raised
	taken  map[[2]string]bool // resource and fault
	turn   uint64             // of the next alarm
	// exhausted is the cloud's revision at which no more could be raised.
	exhausted uint64
	dice      *rand.Rand
	// begun: the first alarms are raised. They are the same whenever the mock starts,
	// as of the same times, so that they go on over a restart.
	begun bool
}

// firstRaised is when the first of the first alarms was raised.
var firstRaised = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newAlarmBook(cfg Alarms, seed uint64) *alarmBook {
	b := &alarmBook{active: cfg.Active, taken: map[[2]string]bool{}, dice: rand.New(rand.NewPCG(seed, 'a'))}
	for m := range b.faults {
		b.faults[m] = faultsOf(m, clearings[cfg.Clearing])
	}
	return b
}

// ListAlarms yields what is raised, in the order in which it was.
func (b *backend) ListAlarms(ctx context.Context) iter.Seq2[*sdk.Alarm, error] {
	if err := b.faults.hit(ctx); err != nil {
		return sdk.List[*sdk.Alarm](nil, err)
	}
	if err := ctx.Err(); err != nil {
		return sdk.List[*sdk.Alarm](nil, err)
	}
	b.cloud.mu.Lock()
	defer b.cloud.mu.Unlock()
	b.cloud.settleAlarmsLocked(time.Now())
	return sdk.List(b.cloud.alarmsLocked(), nil)
}

// AcknowledgeAlarm remembers it. When all that is raised is acknowledged it is over,
// and as much is raised anew.
func (b *backend) AcknowledgeAlarm(ctx context.Context, id string) error {
	if err := b.faults.hit(ctx); err != nil {
		return err
	}
	c := b.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.settleAlarmsLocked(now)
	at := slices.IndexFunc(c.alarms.list, func(r *raised) bool { return r.id == id })
	if at < 0 {
		return sdk.Errorf(sdk.NotFound, "there is no alarm %q", id)
	}
	c.alarms.list[at].acknowledged = true
	if !slices.ContainsFunc(c.alarms.list, func(r *raised) bool { return !r.acknowledged }) {
		c.alarms.clear(func(*raised) bool { return true })
		c.settleAlarmsLocked(now)
	}
	return nil
}

func (c *cloud) alarmsLocked() []*sdk.Alarm {
	all := make([]*sdk.Alarm, 0, len(c.alarms.list))
	for _, r := range c.alarms.list {
		all = append(all, &sdk.Alarm{
			ID: r.id, ResourceID: r.resource, DefinitionID: r.fault.id, ProbableCause: r.fault.cause, Severity: r.severity,
			Description: r.fault.text, RaisedAt: r.at, ChangedAt: r.changed,
			Extensions: map[string]any{"mock.pool": c.resources[r.resource].pool},
		})
	}
	return all
}

// settleAlarmsLocked ends the alarms of resources that are gone and raises others,
// until there are as many as there should be.
func (c *cloud) settleAlarmsLocked(now time.Time) {
	b := c.alarms
	b.clear(func(r *raised) bool { return c.resources[r.resource] == nil })
	if b.exhausted == c.revision {
		return // there was no room for more, and nothing has changed
	}
	// So few resources can have fewer alarms than there should be.
	tries := 4 * min(b.active, len(c.resources))
	for ; len(b.list) < b.active && tries > 0; tries-- {
		at := now
		if first := firstRaised.Add(time.Duration(b.turn) * time.Minute); !b.begun && first.Before(now) {
			at = first
		}
		c.raiseLocked(at)
	}
	b.begun = true
	if len(b.list) < b.active {
		b.exhausted = c.revision
	}
}

// clear ends the alarms that match.
func (b *alarmBook) clear(match func(*raised) bool) {
	b.list = slices.DeleteFunc(b.list, func(r *raised) bool {
		if !match(r) {
			return false
		}
		delete(b.taken, [2]string{r.resource, r.fault.id})
		b.exhausted = 0
		return true
	})
}

// raiseLocked raises one alarm, unless what it draws has it already. Models take
// turns, and the ways in which each can break.
func (c *cloud) raiseLocked(now time.Time) {
	b := c.alarms
	turn := b.turn
	b.turn++
	r := c.someResourceLocked(int(turn % uint64(len(models))))
	if r == nil {
		return
	}
	faults := b.faults[r.model]
	f := faults[(turn/uint64(len(models))+uint64(r.model))%uint64(len(faults))]
	if b.taken[[2]string{r.id, f.id}] {
		return
	}
	b.taken[[2]string{r.id, f.id}] = true
	b.list = append(b.list, &raised{
		id:       fmt.Sprintf("alarm-%012x", hash(c.seed, "alarm", fmt.Sprint(turn))&0xffff_ffff_ffff),
		resource: r.id, fault: f, severity: f.severity, at: now,
	})
}

// someResourceLocked draws a resource of the model if one can be found soon, else
// any; nil if there is none.
func (c *cloud) someResourceLocked(m int) *resource {
	var r *resource
	for range 64 {
		r = c.resources[c.everyRes.draw(c.alarms.dice.Uint64())]
		if r == nil || int(r.model) == m {
			return r
		}
	}
	return r
}

// severities are those that an alarm can change to.
var severities = []sdk.Severity{
	sdk.SeverityCritical, sdk.SeverityMajor, sdk.SeverityMinor, sdk.SeverityWarning, sdk.SeverityIndeterminate,
}

// changeAlarmLocked has one alarm another severity, or over if it clears itself,
// with another in its place.
func (c *cloud) changeAlarmLocked(now time.Time) {
	b := c.alarms
	if len(b.list) == 0 {
		return
	}
	r := b.list[b.dice.IntN(len(b.list))]
	if r.fault.clearing == sdk.ClearingAutomatic && b.dice.IntN(3) == 0 {
		b.clear(func(other *raised) bool { return other == r })
		c.settleAlarmsLocked(now)
		return
	}
	next := slices.Index(severities, r.severity) + 1 + b.dice.IntN(len(severities)-1)
	r.severity, r.changed = severities[next%len(severities)], now
}
