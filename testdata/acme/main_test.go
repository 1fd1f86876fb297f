package main

import (
	"log/slog"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

type host struct{ log *slog.Logger }

func (h host) Logger() *slog.Logger { return h.log }
func (host) Adapter() string        { return "test" }

func TestBackend(t *testing.T) {
	sdktest.Run(t, func(t testing.TB) sdk.Backend {
		b, err := open(t.Context(), host{slog.New(slog.DiscardHandler)}, config{Rack: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}, sdktest.Options{})
}

func TestPlugin(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "acme")
	if out, err := exec.Command("go", "build", "-o", executable, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sdktest.RunPlugin(t, executable, config{Rack: "r1"}, sdktest.Options{})
}
