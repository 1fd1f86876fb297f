package scope

import (
	"slices"
	"testing"
)

func TestSees(t *testing.T) {
	member, platform := New(Identity{Tenant: "own", User: "u"}), New(Identity{Platform: true})
	owners := []string{"own", "other", "", SharedOwner, DefaultTenant}
	tests := map[string]struct {
		scope Scope
		valid bool
		sees  []string
	}{
		"nobody":                         {Scope{}.Within(ReachAll), false, nil},
		"an identity without tenant":     {New(Identity{User: "u", Roles: []string{"viewer"}}).Within(ReachAll), false, nil},
		"a member, not authorized":       {member, true, nil},
		"the platform, not authorized":   {platform, true, nil},
		"a member":                       {member.Within(ReachTenant), true, []string{"own"}},
		"a member, of what is shared":    {member.Within(ReachShared), true, []string{SharedOwner}},
		"a member, of both":              {member.Within(ReachTenant | ReachShared), true, []string{"own", SharedOwner}},
		"a member, of everything":        {member.Within(ReachAll), true, owners},
		"the platform":                   {platform.Within(ReachAll), true, owners},
		"the platform, of its own":       {platform.Within(ReachTenant), true, nil},
		"the platform, of what's shared": {platform.Within(ReachShared), true, []string{SharedOwner}},
		"the default tenant's user":      {New(Identity{Tenant: DefaultTenant}).Within(ReachTenant), true, []string{DefaultTenant}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var sees []string
			for _, owner := range owners {
				if tt.scope.Sees(owner) {
					sees = append(sees, owner)
				}
			}
			if tt.scope.Valid() != tt.valid || !slices.Equal(sees, tt.sees) {
				t.Errorf("valid %v, sees %q; want %v, %q", tt.scope.Valid(), sees, tt.valid, tt.sees)
			}
		})
	}
}

func TestReachHas(t *testing.T) {
	for _, c := range []struct {
		has, other Reach
		want       bool
	}{
		{ReachAll, ReachTenant | ReachShared, true}, {ReachTenant | ReachShared, ReachAll, false},
		{ReachTenant, ReachShared, false}, {ReachTenant | ReachShared, ReachShared, true}, {0, ReachTenant, false}, {0, 0, true},
	} {
		if got := c.has.Has(c.other); got != c.want {
			t.Errorf("%d has %d: %v", c.has, c.other, got)
		}
	}
}

func TestScopeTellsItsIdentity(t *testing.T) {
	s := New(Identity{Tenant: "t", User: "u", Roles: []string{"r"}, RequestID: "q", Platform: true})
	if s.Tenant() != "t" || s.User() != "u" || !slices.Equal(s.Roles(), []string{"r"}) || s.RequestID() != "q" || !s.Platform() {
		t.Errorf("scope %+v", s)
	}
}
