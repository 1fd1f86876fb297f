package sdktest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// startTimeout bounds a plugin's start and, separately, its opening.
const startTimeout = 30 * time.Second

// start runs an executable as netweave does. The process ends with the test.
func start(t testing.TB, executable string) *wire.Conn {
	t.Helper()
	out := &logWriter{t: t}
	t.Cleanup(out.end) // after the process is killed: cleanups run backwards
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: out, DisableTime: true})
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake,
		VersionedPlugins: wire.VersionedPlugins(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		GRPCDialOptions:  wire.DialOptions(),
		AutoMTLS:         true,
		Cmd:              exec.Command(executable),
		StartTimeout:     startTimeout,
		Logger:           log,
		SyncStdout:       out,
		SyncStderr:       out,
		Stderr:           out,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: socketDir(t)},
	})
	t.Cleanup(client.Kill)
	protocol, err := client.Client()
	if err != nil {
		t.Fatalf("%s does not start as a plugin (its main must call sdk.Serve): %v", executable, err)
	}
	raw, err := protocol.Dispense(wire.PluginName)
	if err != nil {
		t.Fatalf("%s does not serve what netweave asks for: %v", executable, err)
	}
	return raw.(*wire.Conn)
}

// socketDir is for a plugin's socket. A socket's path has room for 107 bytes, and
// the test's own directory, named after the test, may take more.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sdktest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("the directory of the plugin's socket: %v", err)
		}
	})
	return dir
}

// launch starts and opens a plugin.
func launch(t testing.TB, executable string, config []byte) *wire.Backend {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	b, err := wire.Open(ctx, start(t, executable).Client, "sdktest", config)
	if err != nil {
		t.Fatalf("the plugin cannot be opened with the configuration %s: %v", config, err)
	}
	return b
}

// refusesUnknownKey opens the plugin with a key that no plugin has.
func refusesUnknownKey(t testing.TB, executable string, config []byte) error {
	t.Helper()
	wrong, err := withKey(config, "sdktestNoSuchKey")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	_, err = wire.Open(ctx, start(t, executable).Client, "sdktest", wrong)
	if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.Invalid {
		return nil
	}
	return wrongCode("opening with the unknown configuration key sdktestNoSuchKey", err, sdk.Invalid)
}

// logWriter shows what a plugin logs among the test's own lines, for as long as
// the test runs.
type logWriter struct {
	mu    sync.Mutex
	t     testing.TB
	ended bool
}

func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.t.Logf("plugin: %s", bytes.TrimSpace(p))
	}
	return len(p), nil
}

func (w *logWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}
