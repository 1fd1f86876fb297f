package alarm

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/store"
)

// hot is a report of a receiver's, of s1.
func hot(change ...func(*alarms.Report)) alarms.Report {
	r := alarms.Report{
		Native: "f1", Resource: "s1", Definition: "HostHot", Name: "Host is hot", Description: "92 degrees", ProbableCause: "temperatureUnacceptable",
		RepairActions: "Cool it.", Severity: o2.SeverityMajor, RaisedAt: at, Extensions: `{"n":10000000000000000001}`,
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func over1(r *alarms.Report) { r.Severity = o2.SeverityCleared }

// report reports, and wants what is refused to be for those reasons, by index.
func (p *process) report(sc scope.Scope, want string, reports ...alarms.Report) {
	p.t.Helper()
	refused, err := p.service.Report(p.t.Context(), sc, "am", reports)
	if err != nil {
		p.t.Fatal(err)
	}
	var got []string
	for _, r := range refused {
		got = append(got, fmt.Sprintf("%d: %s", r.Index, r.Reason))
	}
	if joined := strings.Join(got, "; "); joined != want {
		p.t.Errorf("refused are %q, want %q", joined, want)
	}
}

func TestAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{}, newLab("lab"))
		p.report(root, "", hot())
		a := p.only()
		typ := o2.DeriveID("lab", "server")
		want := o2.Alarm{
			Header: o2.Header{
				ID: o2.AlarmID("receiver:am", "f1", at), NativeID: "f1", Backend: o2.AlarmBook, Tenant: "acme", Name: "Host is hot",
				Description: "92 degrees", Extensions: `{"n":10000000000000000001,"proposedRepairActions":"Cool it."}`, Revision: a.Revision,
			},
			Source: "receiver:am", ResourceTypeID: typ, ResourceID: o2.DeriveID("lab", "s1"), DefinitionID: o2.AlarmDefinitionID(typ, "HostHot"),
			ProbableCause: "Temperature unacceptable", ProbableCauseID: o2.ProbableCauseID("Temperature unacceptable"),
			Severity: o2.SeverityMajor, Clearing: o2.ClearingManual, RaisedAt: at,
		}
		o2.Seal(&want)
		if *a != want {
			t.Errorf("raised is\n%+v, want\n%+v", *a, want)
		}
		p.report(root, "", hot())
		if p.only() != a {
			t.Error("the same again has changed it")
		}
		p.report(root, "", hot(func(r *alarms.Report) { r.Severity = o2.SeverityCritical }))
		if b := p.only(); b.Severity != o2.SeverityCritical || b.ChangedAt != time.Now().UTC() {
			t.Errorf("changed is %+v", b)
		}
		p.report(root, "", hot(over1))
		if b := p.only(); !b.Cleared() {
			t.Errorf("over is %+v", b)
		}
		a = p.only()
		p.report(root, "", hot(over1))
		if p.only() != a {
			t.Error("its end again has changed it")
		}
		if p.counts.get("raised receiver:am") != 1 || p.counts.get("cleared receiver:am") != 1 {
			t.Errorf("counted are %v", p.counts.of)
		}
	})
}

func TestAReportUnderADefinition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{}, newLab("lab"))
		p.report(root, "", hot(func(r *alarms.Report) { r.Definition, r.ProbableCause, r.Description = "fan", "", "" }))
		if a := p.only(); a.Name != "Fan failed" || a.Clearing != o2.ClearingAutomatic || a.ProbableCause != "Cooling fan failure" ||
			a.Description != "A fan stands still." || a.Extensions != `{"n":10000000000000000001}` {
			t.Errorf("raised is %+v", a)
		}
	})
}

// TestReportsBeforeABackendIsRead: what it may have is to be reported again, and all
// else is taken.
func TestReportsBeforeABackendIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		starting := newLab("starting")
		starting.mute = true
		p := newSite().start(t, Settings{}, newLab("lab"), starting)
		unknown := func(r *alarms.Report) { r.Native, r.Resource = "unknown", "s7" }
		for range 2 {
			refused, err := p.service.Report(t.Context(), acme, "am", []alarms.Report{hot(unknown), hot()})
			if !errors.Is(err, store.ErrUnavailable) || refused != nil {
				t.Errorf("got %v, %v", refused, err)
			}
			p.only()
		}
		p.report(acme, "", hot(over1))
		p.report(acme, "0: it has no name of its own", hot(func(r *alarms.Report) { r.Native = "" }))
	})
}

func TestResourcesAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l, newLab("other"))
		twin := func(native, tenant string) {
			r := l.server(native, tenant)
			r.Name = "twin"
			o2.Seal(r)
			l.put(t, r)
		}
		twin("t1", "acme")
		twin("t2", "blue")
		for _, c := range []struct {
			name, resource string
			sc             scope.Scope
			want           string
		}{
			{"by id", string(o2.DeriveID("lab", "s1")), root, ""},
			{"by id in capitals", strings.ToUpper(string(o2.DeriveID("lab", "s1"))), root, ""},
			{"by native id", "s1", root, ""},
			{"by name", "s1 of other", root, ""},
			{"by a name that two have", "twin", root, `0: 2 resources have the name "twin": give an id`},
			{"by a name that two have, of which one is seen", "twin", acme, ""},
			{"by none", "", root, "0: it names no resource: give a resource's id, native id or name"},
			{"by a wrong one", "s7", root, `0: no resource has the id, native id or name "s7"`},
			{"another tenant's", "s2", acme, `0: no resource has the id, native id or name "s2"`},
			{"another tenant's by id", string(o2.DeriveID("lab", "s2")), acme, fmt.Sprintf(`0: no resource has the id, native id or name %q`, o2.DeriveID("lab", "s2"))},
			{"another tenant's by name", "s2 of lab", acme, `0: no resource has the id, native id or name "s2 of lab"`},
		} {
			before := len(p.all())
			p.report(c.sc, c.want, hot(func(r *alarms.Report) { r.Resource, r.Native = c.resource, c.name }))
			if raised := len(p.all()) - before; raised != 1 && c.want == "" || raised != 0 && c.want != "" {
				t.Errorf("%s: raised are %d", c.name, raised)
			}
		}
	})
}

// TestTenantsReportsAreApart: the same name in two tenants' reports is two alarms,
// and none ends or changes the other's.
func TestTenantsReportsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{}, newLab("lab"))
		ofBlue := func(r *alarms.Report) { r.Resource = "s2" }
		p.report(acme, "", hot())
		p.report(blue, "", hot(ofBlue))
		p.report(blue, "", hot(ofBlue, over1))
		for _, a := range p.all() {
			if a.Cleared() != (a.Tenant == "blue") {
				t.Errorf("of %s: %+v", a.Tenant, a)
			}
		}
		if n := len(p.all()); n != 2 {
			t.Errorf("there are %d", n)
		}
		if p.counts.get("raised receiver:am") != 2 {
			t.Errorf("counted are %v", p.counts.of)
		}
	})
}

// TestReportsTogether are taken in their order, those of one name too, and each by
// itself.
func TestReportsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{MaxRecords: 4}, newLab("lab"))
		named := func(name string) func(*alarms.Report) { return func(r *alarms.Report) { r.Native = name } }
		later := func(r *alarms.Report) { r.RaisedAt = r.RaisedAt.Add(time.Hour) }
		p.report(root, "2: it has no name of its own",
			hot(named("x")), hot(named("x"), over1), hot(named("")), hot(named("x"), later), hot(named("y")), hot(named("x"), later, over1), hot(named("w"), over1))
		var got []string
		for _, a := range p.all() {
			got = append(got, fmt.Sprint(a.NativeID, a.RaisedAt.Hour(), a.Severity))
		}
		if text := strings.Join(got, " "); text != "x12 CLEARED y12 MAJOR x13 CLEARED" {
			t.Errorf("there are %s", text)
		}
		p.report(root, "1: there are too many alarms already", hot(named("z")), hot(named("v")), hot(named("y"), over1))
	})
}

func TestWithoutATimeAReportIsOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{}, newLab("lab"))
		timeless := func(r *alarms.Report) { r.RaisedAt = time.Time{} }
		p.report(root, "", hot(timeless))
		first := p.only()
		time.Sleep(time.Hour)
		p.report(root, "", hot(timeless))
		if p.only() != first {
			t.Error("the same again is another")
		}
		p.report(root, "", hot(timeless, over1))
		p.report(root, "", hot(timeless))
		if list := p.all(); len(list) != 2 || !list[0].Cleared() || list[1].Cleared() {
			t.Errorf("there are %+v", list)
		}
	})
}

// TestALateReportEndsNothing that was raised since.
func TestALateReportEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{}, newLab("lab"))
		later := func(r *alarms.Report) { r.RaisedAt = at.Add(time.Hour) }
		p.report(root, "", hot())
		p.report(root, "", hot(later))
		if list := p.all(); len(list) != 2 || !list[0].Cleared() || list[1].Cleared() {
			t.Errorf("raised anew: %+v", list)
		}
		p.report(root, "", hot(over1))
		if list := p.all(); list[1].Cleared() {
			t.Errorf("the end of the first: %+v", list)
		}
	})
}

// TestWhatAnOperatorClearsOfAReceiver stays so until the receiver says that it is
// over, whether or not its resource is there still.
func TestWhatAnOperatorClearsOfAReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		p.report(acme, "", hot())
		if _, err := p.service.Clear(t.Context(), acme, p.only().ID); err != nil {
			t.Fatal(err)
		}
		p.report(acme, "", hot())
		if a := p.only(); !a.Cleared() || !a.Held {
			t.Errorf("reported again: %+v", a)
		}
		if err := l.sink.Delete(o2.KindResource, []o2.ID{o2.DeriveID("lab", "s1")}); err != nil {
			t.Fatal(err)
		}
		p.report(acme, `0: no resource has the id, native id or name "s1"`, hot())
		p.report(acme, "", hot(over1))
		if a := p.only(); !a.Cleared() || a.Held {
			t.Errorf("over is %+v", a)
		}
		p.report(blue, `0: no resource has the id, native id or name "s1"`, hot(over1))
	})
}

// TestAReceiversAlarmsOutliveAdapters, and go when their retention is over.
func TestAReceiversAlarmsOutliveAdapters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSite().start(t, Settings{RetentionDays: 1, PollInterval: time.Hour}, newLab("lab"))
		p.report(root, "", hot())
		p.sources.Detach("lab")
		p.lead()
		time.Sleep(3 * 24 * time.Hour)
		if a := p.only(); a.Cleared() {
			t.Errorf("it is %+v", a)
		}
		if _, err := p.service.Clear(t.Context(), root, p.only().ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(27 * time.Hour)
		synctest.Wait()
		if list := p.all(); len(list) != 0 {
			t.Errorf("there are %+v", list)
		}
	})
}
