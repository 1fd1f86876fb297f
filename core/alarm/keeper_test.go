package alarm

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// at is a moment in a bubble's past.
var at = time.Date(1999, 12, 31, 12, 0, 0, 5_000_000, time.UTC)

func TestWhatASourceReportsIsRaisedChangedAndCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(fan(at))
		p.lead()
		a := p.only()
		want := o2.Alarm{
			Header: o2.Header{
				ID: o2.AlarmID("lab", "fan-1", at), NativeID: "fan-1", Backend: o2.AlarmBook, Tenant: "acme", Name: "Fan failed",
				Description: "A fan stands still.", Revision: a.Revision,
			},
			Source: "lab", ResourceTypeID: o2.DeriveID("lab", "server"), ResourceID: o2.DeriveID("lab", "s1"),
			DefinitionID: o2.AlarmDefinitionID(o2.DeriveID("lab", "server"), "fan"), ProbableCauseID: o2.ProbableCauseID("Cooling fan failure"),
			ProbableCause: "Cooling fan failure", Severity: o2.SeverityMajor, Clearing: o2.ClearingAutomatic, RaisedAt: at,
		}
		o2.Seal(&want)
		if *a != want {
			t.Errorf("raised is\n%+v, want\n%+v", *a, want)
		}

		changed := fan(at)
		changed.Severity, changed.Description = o2.SeverityCritical, "Two fans stand still."
		l.says(changed)
		p.next()
		if a = p.only(); a.Severity != o2.SeverityCritical || a.Description != "Two fans stand still." || time.Since(a.ChangedAt) > 6*time.Second || a.RaisedAt != at {
			t.Errorf("changed is %+v", a)
		}
		before := a
		p.next()
		if a = p.only(); a != before {
			t.Errorf("the same again has made of it %+v", a)
		}

		l.says()
		p.next()
		if a = p.only(); !a.Cleared() || a.ClearedAt != a.ChangedAt || time.Since(a.ClearedAt) > 6*time.Second || a.Held {
			t.Errorf("cleared is %+v", a)
		}
		if p.counts.get("raised lab") != 1 || p.counts.get("cleared lab") != 1 {
			t.Errorf("counted are %v", p.counts.of)
		}
	})
}

func TestAListThatIsNotWholeClearsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(fan(at))
		p.lead()
		for _, err := range []error{backend.ErrUnavailable, backend.ErrTimeout} {
			l.answer(&backend.Error{Backend: "lab", Code: err})
			p.next()
			if a := p.only(); a.Cleared() {
				t.Errorf("%v has cleared %+v", err, a)
			}
		}
		if n := p.counts.get("failed lab"); n != 2 {
			t.Errorf("failures counted: %d", n)
		}
		// One that cannot tell for good reports nothing.
		l.answer(&backend.Error{Backend: "lab", Code: backend.ErrUnsupported})
		p.next()
		if a := p.only(); !a.Cleared() {
			t.Error("what nobody reports any more stays raised")
		}
	})
}

func TestAnotherTimeIsAnotherAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(fan(at))
		p.lead()
		l.says(fan(at.Add(time.Hour)))
		p.next()
		if list := p.all(); len(list) != 2 || !list[0].Cleared() || list[1].Cleared() {
			t.Errorf("there are %+v", list)
		}
		// It flaps: the same is raised again, and is not acknowledged any more.
		l.says()
		p.next()
		if _, err := p.service.Acknowledge(t.Context(), acme, o2.AlarmID("lab", "fan-1", at.Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		l.says(fan(at.Add(time.Hour)))
		p.next()
		if list := p.all(); len(list) != 2 || list[1].Cleared() || !list[1].ClearedAt.IsZero() || list[1].Acknowledged {
			t.Errorf("raised again is %+v", list)
		}
	})
}

func TestWithoutATimeItIsTheOneThatIsRaised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(door(time.Time{}))
		p.lead()
		first := p.only()
		if time.Since(first.RaisedAt) > 6*time.Second {
			t.Errorf("raised at %v", first.RaisedAt)
		}
		p.next()
		if p.only() != first {
			t.Error("the same again is another")
		}
		if _, err := p.service.Clear(t.Context(), acme, first.ID); err != nil {
			t.Fatal(err)
		}
		p.next()
		if a := p.only(); !a.Cleared() || !a.Held {
			t.Errorf("cleared by hand it is %+v", a)
		}
		l.says()
		p.next()
		l.says(door(time.Time{}))
		p.next()
		if list := p.all(); len(list) != 2 || list[0].Held || list[1].Cleared() {
			t.Errorf("after its source had it over, and raised again: %+v", list)
		}
	})
}

// TestWhatIsClearedByHandStaysSo, whatever its source goes on to say, until that
// has it over.
func TestWhatIsClearedByHandStaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(door(at))
		p.lead()
		if _, err := p.service.Clear(t.Context(), acme, p.only().ID); err != nil {
			t.Fatal(err)
		}
		worse := door(at)
		worse.Severity = o2.SeverityCritical
		l.says(worse)
		p.next()
		if a := p.only(); !a.Cleared() || !a.Held {
			t.Errorf("it is %+v", a)
		}
		l.says(door(at.Add(time.Minute)))
		p.next()
		if list := p.all(); len(list) != 2 || !list[0].Cleared() || list[0].Held || list[1].Cleared() {
			t.Errorf("raised at another time: %+v", list)
		}
	})
}

func TestWhatNoViewKnowsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		of := fan(at)
		of.Resource = "s9"
		l.says(of)
		p.lead()
		if list := p.all(); len(list) != 0 {
			t.Fatalf("raised of nobody: %+v", list)
		}
		l.put(t, l.server("s9", "blue"))
		p.next()
		if a := p.only(); a.Tenant != "blue" || a.ResourceID != o2.DeriveID("lab", "s9") {
			t.Errorf("raised is %+v", a)
		}
		// It passes on to another tenant, and its alarm with it.
		l.put(t, l.server("s9", "acme"))
		p.next()
		if a := p.only(); a.Tenant != "acme" {
			t.Errorf("the alarm is %s's", a.Tenant)
		}
		// It leaves the view, and goes on being reported.
		if err := l.sink.Delete(o2.KindResource, []o2.ID{o2.DeriveID("lab", "s9")}); err != nil {
			t.Fatal(err)
		}
		of.Severity = o2.SeverityWarning
		l.says(of)
		p.next()
		if a := p.only(); a.Cleared() || a.Severity != o2.SeverityWarning || a.Tenant != "acme" || a.Name != "Fan failed" || a.Description != "A fan stands still." {
			t.Errorf("of a resource that is gone: %+v", a)
		}
	})
}

func TestAnUnknownDefinitionIsMadeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		of := fan(at)
		of.Definition = "smoke"
		l.says(of)
		p.lead()
		if a := p.only(); a.Name != "smoke" || a.DefinitionID != o2.AlarmDefinitionID(o2.DeriveID("lab", "server"), "smoke") ||
			a.Clearing != o2.ClearingAutomatic || a.ProbableCause != "Indeterminate" {
			t.Errorf("raised is %+v", a)
		}
	})
}

func TestWhatARemovedAdapterReportedIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, other := newLab("lab"), newLab("other")
		p := newSite().start(t, Settings{}, l, other)
		l.says(fan(at))
		other.says(fan(at))
		p.lead()
		p.sources.Detach("lab")
		p.next()
		for _, a := range p.all() {
			if a.Cleared() != (a.Source == "lab") {
				t.Errorf("of %s: %+v", a.Source, a)
			}
		}
	})
}

func TestAPausedAdapterIsNotAskedAndKeepsItsAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		p.sources.Paused = p.things.Paused
		l.says(fan(at))
		p.lead()
		if err := p.things.Pause("lab"); err != nil {
			t.Fatal(err)
		}
		p.next()
		asked := l.asked
		l.says()
		p.next()
		if l.asked != asked || p.only().Cleared() {
			t.Errorf("paused, it was asked %d times more, and has %+v", l.asked-asked, p.only())
		}
	})
}

func TestWhatIsClearedGoesWhenItsRetentionIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{RetentionDays: 2, PollInterval: time.Hour}, l)
		l.says(fan(at), door(at))
		p.lead()
		for _, a := range p.all() {
			if a.Clearing == o2.ClearingManual {
				if _, err := p.service.Clear(t.Context(), acme, a.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		l.says(door(at))
		time.Sleep(47 * time.Hour)
		if n := len(p.all()); n != 2 {
			t.Errorf("after not quite two days there are %d", n)
		}
		time.Sleep(4 * time.Hour)
		if a := p.only(); !a.Held { // its source goes on reporting it
			t.Errorf("after two days there is %+v", a)
		}
		l.says()
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if list := p.all(); len(list) != 0 {
			t.Errorf("when it is over as well: %+v", list)
		}
	})
}

func TestThereAreNoMoreThanSoMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{MaxRecords: 1}, l)
		l.says(fan(at), door(at))
		p.lead()
		if n := len(p.all()); n != 1 || p.counts.get("refused") == 0 {
			t.Errorf("there are %d, and %d were refused", n, p.counts.get("refused"))
		}
		p.keeper.Configure(Settings{MaxRecords: 2})
		p.next()
		if n := len(p.all()); n != 2 {
			t.Errorf("with room there are %d", n)
		}
	})
}
