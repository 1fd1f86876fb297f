//go:build integration

package backend

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/plugins/openstack/internal/openstacktest"
)

// One stack serves the tests of this package, which leave what was seeded alone.
var (
	stack  *openstacktest.Stack
	seeded openstacktest.Seeded
)

func TestMain(m *testing.M) {
	os.Exit(withStack(m))
}

func withStack(m *testing.M) int {
	ctx := context.Background()
	var err error
	if stack, err = openstacktest.Start(ctx, openstacktest.Options{NovaExtra: "[quota]\ninstances = 40\ncores = -1\nram = 20000"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := 1
	if seeded, err = stack.Seed(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := stack.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// realConfig logs in to the stack as admin.
func realConfig() config.Config {
	return config.Config{
		AuthURL: stack.AuthURL, Username: "admin", Password: openstacktest.Password, UserDomainName: "Default",
		ProjectName: "admin", ProjectDomainName: "Default", OCloudID: "ocloud-openstack-1", Image: openstacktest.Image,
	}
}

// open opens a backend. The caller closes it.
func open(t testing.TB, cfg config.Config) *Backend {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := Open(cfg, api.Settings{Log: slog.New(slog.DiscardHandler), Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opened is open, and closed when the test ends, which must leave nothing behind.
func opened(t testing.TB, cfg config.Config) *Backend {
	t.Helper()
	before := goleak.IgnoreCurrent()
	b := open(t, cfg)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
	})
	return b
}

func admin(t testing.TB) *openstacktest.Nova {
	t.Helper()
	n, err := stack.Nova(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}
