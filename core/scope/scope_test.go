package scope

import (
	"slices"
	"testing"
)

func TestSees(t *testing.T) {
	tests := map[string]struct {
		scope                                   Scope
		valid, own, other, none, defaultTenants bool
	}{
		"nobody":                      {Scope{}, false, false, false, false, false},
		"an identity without tenant":  {New(Identity{User: "u", Roles: []string{"viewer"}}), false, false, false, false, false},
		"a tenant's user":             {New(Identity{Tenant: "own", User: "u"}), true, true, false, false, false},
		"the default tenant's user":   {New(Identity{Tenant: DefaultTenant}), true, false, false, false, true},
		"the platform":                {New(Identity{Platform: true}), true, true, true, true, true},
		"a tenant's user on platform": {New(Identity{Tenant: "own", Platform: true}), true, true, true, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := tt.scope
			got := []bool{s.Valid(), s.Sees("own"), s.Sees("other"), s.Sees(""), s.Sees(DefaultTenant)}
			if want := []bool{tt.valid, tt.own, tt.other, tt.none, tt.defaultTenants}; !slices.Equal(got, want) {
				t.Errorf("valid, sees own, other, nobody's, the default's: %v, want %v", got, want)
			}
		})
	}
}

func TestScopeTellsItsIdentity(t *testing.T) {
	s := New(Identity{Tenant: "t", User: "u", Roles: []string{"r"}, RequestID: "q", Platform: true})
	if s.Tenant() != "t" || s.User() != "u" || !slices.Equal(s.Roles(), []string{"r"}) || s.RequestID() != "q" || !s.Platform() {
		t.Errorf("scope %+v", s)
	}
}
