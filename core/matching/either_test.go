package matching

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/eventlog"
)

// TestEither: a filter that selects changes tells of those that lead into it or out
// of it with both states; what is new and what is gone to the subscriber is what it
// may hear of since, or no more.
func TestEither(t *testing.T) {
	s := newSchemas()
	var x Index
	put := func(n int, tenant string, reaches o2.Reaches, filter string) {
		selection := s.selection(t, filter, o2.KindResource)
		selection.Either = true
		x.Put(id(n), tenant, reaches, selection)
	}
	put(1, "acme", own, "(eq,name,blue)")
	put(2, "acme", own, "")
	put(3, "", all, "(eq,name,blue)")
	put(4, "bolt", own, "(eq,name,blue)")
	put(5, "acme", o2.Reaches{o2.KindResource: o2.ReachTenant | o2.ReachShared}, "(eq,name,blue)")
	put(6, "", o2.Reaches{o2.KindResource: o2.ReachTenant}, "")
	x.Put(id(7), "acme", own, s.selection(t, "(eq,name,blue)", o2.KindResource))
	red, blue, green := resource(100, "red", "", ""), resource(100, "blue", "", ""), resource(100, "green", "", "")
	for _, tt := range []struct {
		name        string
		prior, post *eventlog.State
		want        string
	}{
		{"is new and selected", nil, state("acme", blue), "1+ 2+ 3+ 5+ 7+"},
		{"is new and not selected", nil, state("acme", red), "2+"},
		{"enters the filter", state("acme", red), state("acme", blue), "1~ 2~ 3~ 5~ 7+"},
		{"leaves the filter", state("acme", blue), state("acme", red), "1~ 2~ 3~ 5~ 7-"},
		{"stays outside", state("acme", red), state("acme", green), "2~"},
		{"is gone from inside", state("acme", blue), nil, "1- 2- 3- 5- 7-"},
		{"is gone from outside", state("acme", red), nil, "2-"},
		{"stays as it is", state("acme", blue), state("acme", blue), ""},
		{"enters the filter and another tenant", state("acme", red), state("bolt", blue), "2- 3~ 4+"},
		{"leaves the filter and the tenant", state("acme", blue), state("bolt", red), "1- 2- 3~ 5- 7-"},
		{"passes on", state("acme", blue), state("bolt", blue), "1- 2- 4+ 5- 7-"},
		{"becomes shared and is selected", state("acme", red), state(scope.SharedOwner, blue), "2- 3~ 5~"},
		{"was shared and is selected", state(scope.SharedOwner, red), state("acme", blue), "1+ 2+ 3~ 5~ 7+"},
		{"becomes the platform's", state("acme", blue), state("", red), "1- 2- 3~ 5- 7-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := read(x.Match(nil, tt.prior, tt.post)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
