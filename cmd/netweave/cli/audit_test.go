package cli

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/audit"
	"github.com/netweave/netweave/outbound/embedded"
	"github.com/netweave/netweave/ports/auditlog"
)

// recorded is an embedded store with three entries of one writer.
func recorded(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store.db")
	s, err := embedded.Open(embedded.Config{Path: path}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, err := audit.New(audit.Config{Store: s.Audit(), Writer: "gw-1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	for _, user := range []string{"alice", "mallory", "bob"} {
		l.Record(ctx, auditlog.Entry{Tenant: "smo-alpha", User: user, Action: "create", Resource: "ResourcePool", Result: auditlog.Success})
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

const storeAt = `
store: {type: embedded, embedded: {path: $DIR}}
adapters: [{name: lab, type: mock}]
`

func TestAuditVerify(t *testing.T) {
	path := recorded(t)
	file := document(t, path, storeAt)
	got := netweave(t, "audit", "verify", "--config", file)
	if want := "audit log of the embedded store: 3 entries in 1 chains, 0 findings\n"; got.code != ExitOK || got.stdout != want || got.stderr != "" {
		t.Errorf("got %+v, want %q", got, want)
	}

	// Somebody edits the file: mallory was never here.
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.ReplaceAll(raw, []byte(`"user":"mallory"`), []byte(`"user":"nobody1"`))
	if err := os.WriteFile(path, altered, 0o600); err != nil {
		t.Fatal(err)
	}
	got = netweave(t, "audit", "verify", "--config", file)
	want := "gw-1/2: altered: its content does not have its hash\n" +
		"audit log of the embedded store: 3 entries in 1 chains, 1 findings\n"
	if got.code != ExitFindings || got.stdout != want || got.stderr != "netweave: the audit log is not as it was written\n" {
		t.Errorf("got %+v, want %q", got, want)
	}
}

func TestAuditVerifyOfAFileInUse(t *testing.T) {
	path := recorded(t)
	s, err := embedded.Open(embedded.Config{Path: path}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := netweave(t, "audit", "verify", "--config", document(t, path, storeAt))
	if got.code != ExitFailure || got.stdout != "" || !strings.Contains(got.stderr, "another process has the file open") ||
		!strings.Contains(got.stderr, "NETWEAVE_STORE_EMBEDDED_PATH=COPY netweave audit verify") {
		t.Errorf("got %+v", got)
	}
}
