package scope

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
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

func TestHostsOfTheCertificate(t *testing.T) {
	shown := &x509.Certificate{
		Subject:  pkix.Name{CommonName: "cn.example"},
		DNSNames: []string{"smo.example", "*.smo.example"}, IPAddresses: []net.IP{net.IPv4(10, 1, 2, 3)},
	}
	// A certificate has been parsed, where alternative names count; this one tells so.
	shown.Extensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}}}
	with, without := New(Identity{Tenant: "t", Certificate: shown}), New(Identity{Tenant: "t"})
	for host, want := range map[string]bool{
		"smo.example": true, "SMO.example": true, "eu.smo.example": true, "10.1.2.3": true,
		"a.b.smo.example": false, "evil.example": false, "cn.example": false, "10.1.2.4": false, "": false,
	} {
		if got := with.Hosts(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
		if without.Hosts(host) {
			t.Errorf("%q without a certificate", host)
		}
	}
}

func TestScopeTellsItsIdentity(t *testing.T) {
	s := New(Identity{Tenant: "t", User: "u", Roles: []string{"r"}, RequestID: "q", Platform: true})
	if s.Tenant() != "t" || s.User() != "u" || !slices.Equal(s.Roles(), []string{"r"}) || s.RequestID() != "q" || !s.Platform() {
		t.Errorf("scope %+v", s)
	}
}
