package query

import "testing"

// alarm is an object with a number and a truth value.
type alarm struct{ severity, acknowledged string }

var alarmSchema = NewSchema("Alarm",
	Attribute{Name: "severity", Type: Number, Mandatory: true, Get: func(o any) Value { return optional(o.(alarm).severity) }},
	Attribute{Name: "acknowledged", Type: Bool, Mandatory: true, Get: func(o any) Value { return optional(o.(alarm).acknowledged) }},
)

func TestNumbersAndTruthValues(t *testing.T) {
	for filter, want := range map[string]bool{
		"(eq,severity,10)":           true,
		"(eq,severity,1e1)":          true,
		"(eq,severity,10.0)":         true,
		"(neq,severity,10.0)":        false,
		"(gt,severity,9)":            true, // as a text it would be less
		"(lt,severity,9)":            false,
		"(gte,severity,10)":          true,
		"(lte,severity,-1)":          false,
		"(in,severity,1,10.00)":      true,
		"(nin,severity,1,10.00)":     false,
		"(cont,severity,0)":          true,
		"(ncont,severity,0)":         false,
		"(eq,acknowledged,false)":    true,
		"(eq,acknowledged,true)":     false,
		"(neq,acknowledged,true)":    true,
		"(in,acknowledged,true)":     false,
		"(nin,acknowledged,true)":    true,
		"(cont,acknowledged,fa,tru)": true,
	} {
		f, err := ParseFilter(alarmSchema, []string{filter}, Limits{})
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := f.Match(alarm{"10", "false"}); got != want {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
	for filter, want := range map[string]string{
		"(eq,severity,high)":       `filter: "high" is not a number, as severity needs, for example 3`,
		"(in,severity,1,)":         `filter: "" is not a number, as severity needs, for example 3`,
		"(eq,acknowledged,TRUE)":   `filter: "TRUE" is neither true nor false, as acknowledged needs`,
		"(in,acknowledged,true,1)": `filter: "1" is neither true nor false, as acknowledged needs`,
		"(gt,acknowledged,false)":  "filter: acknowledged is true or false, which gt does not order; eq and neq compare it",
		"(lte,acknowledged,true)":  "filter: acknowledged is true or false, which lte does not order; eq and neq compare it",
		"(eq,severity/x,1)":        `filter: attribute severity has no parts: "severity/x" leads nowhere`,
	} {
		if _, err := ParseFilter(alarmSchema, []string{filter}, Limits{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", filter, err, want)
		}
	}
	s, err := ParseSelector(alarmSchema, SelectorParams{ExcludeFields: []string{"severity,acknowledged"}}, Limits{})
	if err != nil || !s.Whole() {
		t.Errorf("mandatory simple attributes can be left out: %v, %v", s, err)
	}
}
