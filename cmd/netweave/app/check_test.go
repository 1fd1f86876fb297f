package app

import (
	"errors"
	"slices"
	"testing"

	"github.com/netweave/netweave/cmd/netweave/config"
)

func TestCheckReadsWhatIsNamed(t *testing.T) {
	empty := write(t, "empty", "\n")
	c := &config.Config{Store: config.Store{Type: config.StoreRedis, Redis: config.Redis{Addresses: []string{"a:1"}, PasswordFile: empty}}}
	c.Subscriptions.Callbacks.CAFile = empty
	c.Auth.OIDC = config.OIDC{Issuer: "https://sso.example.com", CAFile: empty}
	roles := write(t, "roles.csv", "p, clerk, Resource, read, mine\n")
	c.Tenancy = config.Tenancy{Enabled: true, RolesFile: roles}
	want := []config.Problem{
		{Key: "subscriptions.callbacks.caFile", Reason: empty + " holds no PEM certificate"},
		{Key: "tenancy.rolesFile", Reason: "cannot be used: " + roles + `, line 1: "mine" is no scope: write one of tenant, shared, all`},
		{Key: "auth.oidc.caFile", Reason: empty + " holds no PEM certificate"},
		{Key: "store.redis.passwordFile", Reason: empty + " is empty"},
	}
	if got := checkFiles(c); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.Store.Type, c.Subscriptions.Callbacks.CAFile, c.Auth.OIDC.CAFile, c.Tenancy.RolesFile = config.StoreEmbedded, "", "", ""
	if got := checkFiles(c); got != nil {
		t.Errorf("nothing is named that is used: got %v", got)
	}
}

func TestProblemsHaveTheirKeys(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want []config.Problem
	}{
		{nil, nil},
		{errors.New("a.b: wrong: very"), []config.Problem{{Key: "a.b", Reason: "wrong: very"}}},
		{errors.New("wrong"), []config.Problem{{Key: "k", Reason: "wrong"}}},
		{errors.New("it is wrong: very"), []config.Problem{{Key: "k", Reason: "it is wrong: very"}}},
	} {
		if got := problemOf("k", tc.err); !slices.Equal(got, tc.want) {
			t.Errorf("%v: got %v, want %v", tc.err, got, tc.want)
		}
	}
}
