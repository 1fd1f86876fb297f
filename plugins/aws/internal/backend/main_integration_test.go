//go:build integration

package backend

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/aws/internal/api"
	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/plugins/aws/internal/mototest"
)

// moto is the server that tests share; each seeds it anew.
var moto *mototest.Server

func TestMain(m *testing.M) {
	var err error
	if moto, err = mototest.Start(""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := moto.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// seeded empties the server and fills it.
func seeded(t testing.TB) *mototest.World {
	t.Helper()
	if err := moto.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, err := moto.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// settings are the least that serve.
func settings(w *mototest.World) config.Config {
	return config.Config{
		Region: mototest.Region, OCloudID: "ocloud-aws-1", Endpoint: moto.URL,
		AccessKeyID: mototest.AccessKeyID, SecretAccessKey: mototest.SecretAccessKey,
		LaunchTemplate: mototest.Template, Subnets: w.Subnets,
	}
}

// opened is open, and closed when the test ends.
func opened(t testing.TB, cfg config.Config) *Backend {
	t.Helper()
	b := unclosed(t, cfg)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func unclosed(t testing.TB, cfg config.Config) *Backend {
	t.Helper()
	b, err := Open(cfg, api.Settings{Log: slog.New(slog.DiscardHandler), Retry: api.Retry{Longest: 20 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	b.awaiting = 20 * time.Millisecond
	return b
}
