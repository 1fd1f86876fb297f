package backend

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// Where the calls of a cloud go.
const (
	getServers    = "GET /compute/v2.1/servers/detail"
	getAggregates = "GET /compute/v2.1/os-aggregates"
	postServers   = "POST /compute/v2.1/servers"
	postLogin     = "POST /identity/v3/auth/tokens"
)

// waits are the pauses that a backend would have made.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

// backend opens one on the cloud that does not wait between attempts and logs into
// c.logs. It is closed when the test ends.
func (c *cloud) backend(t testing.TB, change ...func(*config.Config)) (*Backend, *waits) {
	t.Helper()
	cfg := c.config()
	for _, f := range change {
		f(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	var w waits
	b, err := Open(cfg, api.Settings{
		Log:    slog.New(slog.NewTextHandler(&c.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Getenv: func(string) string { return "" }, Wait: w.wait,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, &w
}

// ids gives the ids of a list, sorted, or its error.
func ids[T sdk.Object](items iter.Seq2[T, error]) ([]string, error) {
	var all []string
	for item, err := range items {
		if err != nil {
			return all, err
		}
		all = append(all, item.Common().ID)
	}
	slices.Sort(all)
	return all, nil
}

// wants complains unless an error has a code and a text.
func wants(t testing.TB, err error, code sdk.Code, text string) {
	t.Helper()
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != code || !strings.Contains(e.Message, text) {
		t.Errorf("got %v, want an error of code %s with %q", err, code, text)
	}
	if ok && (strings.Contains(e.Message, cloudPassword) || strings.Contains(e.Message, "very-secret")) {
		t.Errorf("the error tells a secret: %v", e)
	}
}
