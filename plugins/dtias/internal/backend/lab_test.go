package backend

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const labKey = "lab-key-5f2c1d"

// lab is a contract server in this process and how a backend is opened on it.
type lab struct {
	*dtias.Server
	url   string
	clock *clock
}

// clock is the world's time; it moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newLab(t testing.TB) *lab {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	l := &lab{Server: dtias.New(dtias.Options{APIKey: labKey, Provisioning: time.Minute, Now: c.Now}), clock: c}
	server := httptest.NewServer(l.Server)
	t.Cleanup(server.Close)
	t.Cleanup(l.Close) // first: the server's waits for what hangs
	l.url = server.URL
	return l
}

func (l *lab) fail(t testing.TB, f dtias.Fault) {
	t.Helper()
	if err := l.Break(f); err != nil {
		t.Fatal(err)
	}
}

// config is the least that serves.
func (l *lab) config() config.Config {
	return config.Config{Endpoint: l.url, APIKey: labKey, OCloudID: "ocloud-dtias-1", Datacenter: "ams-dc1"}
}

// open opens a backend that does not wait between attempts. The caller closes it.
func (l *lab) open(t testing.TB, cfg config.Config) *Backend {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := Open(cfg, api.Settings{
		Log:  slog.New(slog.DiscardHandler),
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// backend is open, and closed when the test ends.
func (l *lab) backend(t testing.TB) *Backend {
	t.Helper()
	b := l.open(t, l.config())
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func serverIDs(t testing.TB, b *Backend) []string {
	t.Helper()
	ids, err := idsOf(b.ListResources(t.Context(), sdk.ListOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
