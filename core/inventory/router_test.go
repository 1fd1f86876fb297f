package inventory

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/routing"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/routes"
)

func TestExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := writable(t)
		r, err := routing.New([]routing.Rule{{ResourceType: "ResourcePool", Adapters: []string{"b"}}}, "")
		must(t, err)
		s.SetRouter(r)
		x, err := s.Explain(t.Context(), defaultScope, routes.Question{Kind: o2.KindResourcePool, Object: &o2.ResourcePool{}})
		if err != nil || !slices.Equal(x.Adapters, []string{"b"}) || x.Rule != 0 || x.Rules[0].Verdict != routes.Decided {
			t.Errorf("got %+v, %v", x, err)
		}
		x, err = s.Explain(t.Context(), defaultScope, routes.Question{Kind: o2.KindResourcePool})
		if err != nil || !slices.Equal(x.Adapters, []string{"b"}) || x.Rule != routes.NoRule {
			t.Errorf("of a list: got %+v, %v", x, err)
		}
		if _, err := s.Explain(t.Context(), scope.Scope{}, routes.Question{}); !errors.Is(err, authz.ErrDenied) {
			t.Errorf("nobody is answered: %v", err)
		}
	})
	s := service(func(c *Config) {
		c.Authorizer = allow{{Resource: authz.Route, Action: authz.ActionRead}: authz.ErrDenied}
	})
	if _, err := s.Explain(t.Context(), defaultScope, routes.Question{}); !errors.Is(err, authz.ErrDenied) {
		t.Errorf("who may not read routes is answered: %v", err)
	}
}
