package monitoringv1

import (
	"errors"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

func TestCompileEventFilter(t *testing.T) {
	volatile := raised(func(a *o2.Alarm) { a.Volatile = `{"seen":7}` })
	for _, tt := range []struct {
		filter, text string
		alarm        *o2.Alarm
		want         bool
	}{
		{"", "", raised(), true},
		{" ", "", raised(), true},
		{"NEW", "NEW", raised(), true},
		{" CLEAR\n", "CLEAR", raised(), true},
		{"(eq,perceivedSeverity,1)", "(eq,perceivedSeverity,1)", raised(), true},
		{"(eq,perceivedSeverity,1)", "(eq,perceivedSeverity,1)", raised(minor), false},
		{"(eq,notificationEventType,NEW)", "(eq,notificationEventType,NEW)", raised(minor), true},
		{"(gt,perceivedSeverity,1) ;(in,notificationEventType,NEW,CLEAR)", "(gt,perceivedSeverity,1);(in,notificationEventType,CLEAR,NEW)", raised(), false},
		{"(eq,extensions/name,Fan);(eq,extensions/slot,2)", "(eq,extensions/name,Fan);(eq,extensions/slot,2)", raised(), true},
		{"(eq,extensions/seen,7)", "(eq,extensions/seen,7)", volatile, false}, // a passing state is not looked at
		{"(eq,alarmAcknowledged,true)", "(eq,alarmAcknowledged,true)", raised(acknowledged), true},
		{"(neq,alarmClearedTime,2026-01-31T13:00:00Z)", "(neq,alarmClearedTime,2026-01-31T13:00:00Z)", raised(cleared), false},
	} {
		s, err := compileEventFilter(tt.filter)
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		if got := s.Match(tt.alarm); s.Text != tt.text || got != tt.want || !s.Either || s.Kinds != o2.SetOf(o2.KindAlarm) {
			t.Errorf("%q: %+v, matches %v; want %q, %v", tt.filter, s, got, tt.text, tt.want)
		}
		if s.Match(&o2.Resource{}) {
			t.Errorf("%q selects resources", tt.filter)
		}
	}
}

func TestWrongEventFilters(t *testing.T) {
	for filter, want := range map[string]string{
		"new":                                                   `"new" is no event; ` + wantFilter,
		"NEW,CLEAR":                                             `"NEW,CLEAR" is no event; ` + wantFilter,
		"(eq,notificationEventType,new)":                        `"new" is no notificationEventType; want one of NEW, CHANGE, CLEAR, ACKNOWLEDGE`,
		"(in,notificationEventType,NEW,)":                       `"" is no notificationEventType; want one of NEW, CHANGE, CLEAR, ACKNOWLEDGE`,
		"(cont,notificationEventType,NEW)":                      "notificationEventType is one of NEW, CHANGE, CLEAR, ACKNOWLEDGE, which eq, neq, in and nin compare",
		"(eq,'extensions/ x ',1)":                               `attribute "extensions/ x " begins or ends with white space`,
		"(eq,notificationEventType/x,NEW)":                      `attribute notificationEventType has no parts: "notificationEventType/x" leads nowhere`,
		"(eq,perceivedSeverity,1);":                             `a condition is missing at the end; want (operator,attribute,value), several joined by ";"`,
		"(" + strings.Repeat("x", 9000) + ")":                   "it is longer than 8192 bytes",
		"(eq,extensions/a," + strings.Repeat("b ", 4086) + "c)": "it is longer than 8192 bytes once its values are quoted",
	} {
		_, err := compileEventFilter(filter)
		var mistake *query.Error
		if !errors.As(err, &mistake) || mistake.Parameter != "filter" || mistake.Reason != want {
			t.Errorf("%.60s: %v, want filter: %s", filter, err, want)
		}
	}
}

// What was accepted once is accepted for ever, in its canonical form, and means the
// same there: that is what is stored.
func FuzzEventFilter(f *testing.F) {
	for _, seed := range []string{
		"", "NEW", " ACKNOWLEDGE ", "new", "(eq,notificationEventType,NEW)", "(in,notificationEventType,NEW,'CLEAR');(lt,perceivedSeverity,3)",
		"(eq,extensions/a,'it''s; x')", "(eq,alarmRaisedTime,2026-01-31T12:00:00Z)", "(neq,alarmAcknowledged,true)", "((", "(eq,'extensions/ a',b)",
	} {
		f.Add(seed)
	}
	alarms := []*o2.Alarm{raised(), raised(minor), raised(acknowledged), raised(cleared)}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := compileEventFilter(text)
		if err != nil {
			return
		}
		again, err := compileEventFilter(s.Text)
		if err != nil || again.Text != s.Text {
			t.Fatalf("%q is stored as %q, which reads as %+v, %v", text, s.Text, again, err)
		}
		for _, a := range alarms {
			if s.Match(a) != again.Match(a) {
				t.Errorf("%q and %q differ about %+v", text, s.Text, a)
			}
		}
		for t2 := range eventNames {
			if _, err := selects(s.Text, eventType(t2)); err != nil {
				t.Errorf("%q cannot be asked of events: %v", s.Text, err)
			}
		}
	})
}
