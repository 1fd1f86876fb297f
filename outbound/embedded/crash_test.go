package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/eventlog"
)

// crashEnv names the file in which this test binary, started again, writes until
// it is killed.
const crashEnv = "NETWEAVE_TEST_CRASH_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		if err := writeForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// writeForever commits, claims, settles and adds to the audit log, and says on
// standard output what is done: "committed 5" for a sequence number, "claimed 4" and
// "settled 3" for a position, "audited 7" for the number of a record.
func writeForever(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := Open(Config{Path: path}, silent)
	if err != nil {
		return err
	}
	log, id := s.EventLog(), subscriptionID(1)
	g, err := log.Lead(ctx)
	if err != nil {
		return err
	}
	share, err := s.Assignment().Join(ctx, "writer", time.Hour)
	if err != nil {
		return err
	}
	if g, err = log.Activate(ctx, g, eventlog.Activation{Subscription: id, Version: 1}, nil, false); err != nil {
		return err
	}
	prior := uint64(0)
	if err := log.WalkTold(ctx, func(t eventlog.Told) error {
		prior = t.Sequence
		return nil
	}); err != nil {
		return err
	}
	held := share.Held[assignment.Of(id)]
	failed := make(chan error, 3)
	go func() { failed <- deliverForever(ctx, log, held, id) }()
	go func() { failed <- commitForever(ctx, log, g, id, prior) }()
	go func() { failed <- auditForever(ctx, s.Audit()) }()
	return <-failed
}

func commitForever(ctx context.Context, log eventlog.Log, g eventlog.Guard, id o2.ID, prior uint64) error {
	for revision := 0; ; revision++ {
		r := &o2.Resource{Header: o2.Header{ID: o2.DeriveID("lab", "n"), NativeID: "n", Backend: "lab", Name: fmt.Sprint(revision)}}
		o2.Seal(r)
		next, _, err := log.Commit(ctx, g, []eventlog.Change{{
			Object: o2.ObjectKey{Kind: o2.KindResource, ID: r.ID}, Prior: prior, Post: &eventlog.State{Object: r},
			At: noon, Targets: []eventlog.Target{{Subscription: id, Type: o2.EventModified}},
		}})
		if err != nil {
			return err
		}
		g, prior = next, next.Sequence
		fmt.Println("committed", g.Sequence)
	}
}

func deliverForever(ctx context.Context, log eventlog.Log, held assignment.Held, id o2.ID) error {
	for {
		c, err := log.Claim(ctx, held, id, 3)
		if err != nil {
			return err
		}
		for i, d := range c.Deliveries {
			fmt.Println("claimed", d.Position)
			if i == len(c.Deliveries)-1 {
				continue // this one is claimed again
			}
			if _, err := log.Settle(ctx, held, id, eventlog.Settlement{Delivered: d.Position, DeliveredAt: noon}); err != nil {
				return err
			}
			fmt.Println("settled", d.Position)
			if c, err := log.Claim(ctx, held, id, 3); err != nil || len(c.Deliveries) == 0 {
				return errors.Join(errors.New("nothing to claim again"), err)
			}
		}
	}
}

// auditForever goes on where the chain ends.
func auditForever(ctx context.Context, log audit.Store) error {
	chains, err := log.Chains(ctx)
	if err != nil {
		return err
	}
	n := uint64(1)
	if len(chains) > 0 {
		n = chains[0].Head.Number + 1
	}
	for ; ; n += 2 {
		if err := log.Append(ctx, []audit.Record{entry("w", n), entry("w", n+1)}); err != nil {
			return err
		}
		fmt.Println("audited", n+1)
	}
}

// wantAudited sees that a chain is whole, and ends no sooner than at a number.
func wantAudited(t *testing.T, log audit.Store, least uint64) {
	t.Helper()
	var last audit.Record
	if err := log.Walk(t.Context(), "w", 0, func(r audit.Record) error {
		if r.Number != last.Number+1 || r.Previous != last.Hash {
			return fmt.Errorf("record %d does not follow on %d", r.Number, last.Number)
		}
		last = r
		return nil
	}); err != nil {
		t.Error(err)
	}
	list, err := log.Query(t.Context(), audit.Query{Tenant: "acme", Limit: 1 << 20})
	if err != nil || last.Number < least || last.Number%2 != 0 || uint64(len(list)) != last.Number {
		t.Errorf("the audit log ends at %d, and %d were added in twos; a query gave %d, %v", last.Number, least, len(list), err)
	}
	chains, err := log.Chains(t.Context())
	if err != nil || len(chains) != 1 || chains[0].Head != last.Link {
		t.Errorf("the chains are %+v, %v; want the last record to be %d", chains, err, last.Number)
	}
}

// TestCrash kills a writing process again and again. Each time the file is
// sound, nothing that was committed or audited is gone, and nothing that was
// settled is back, and what was claimed is not open to being rewritten.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	done := map[string]uint64{}
	for round := range 6 {
		writeAndKill(t, path, 10+5*round, done)
		s, err := Open(Config{Path: path}, silent) // it was not closed: every page is checked
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		l, id := newLab(t, s), subscriptionID(1)
		if l.guard.Sequence < done["committed"] {
			t.Errorf("round %d: the sequence is %d, and %d was committed", round, l.guard.Sequence, done["committed"])
		}
		var before uint64
		for _, d := range l.claim(id, mostClaimed) {
			if d.Position <= done["settled"] {
				t.Errorf("round %d: entry %d was settled up to %d", round, d.Position, done["settled"])
			}
			if before != 0 && d.Position != before+1 {
				t.Errorf("round %d: entry %d follows on %d", round, d.Position, before)
			}
			before = d.Position
		}
		open := l.positions(id)
		if len(open) > 0 && open[0] <= done["claimed"] {
			t.Errorf("round %d: entry %d counts as never claimed, and %d was", round, open[0], done["claimed"])
		}
		if last := max(before, append(open, 0)[max(0, len(open)-1)]); last != l.guard.Sequence && last != 0 {
			t.Errorf("round %d: the last entry is %d, want %d", round, last, l.guard.Sequence)
		}
		wantAudited(t, s.Audit(), done["audited"])
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if done["audited"] == 0 || done["settled"] == 0 || done["claimed"] == 0 {
		t.Errorf("too little was done: %v", done)
	}
}

// writeAndKill starts a writer, kills it after some commits, and notes the last of
// each kind of thing that it says.
func writeAndKill(t *testing.T, path string, commits int, done map[string]uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for n := 0; said.Scan(); {
		what, position, _ := strings.Cut(said.Text(), " ")
		p, err := strconv.ParseUint(position, 10, 64)
		if err != nil {
			t.Errorf("the writer said %q", said.Text())
		}
		done[what] = max(done[what], p)
		if what == "committed" {
			n++
		}
		if n == commits {
			n++ // once
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}
