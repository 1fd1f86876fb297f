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

// writeForever commits, claims and settles, and says on standard output what is
// done: "committed 5" for a sequence number, "claimed 4" and "settled 3" for a
// position.
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
	failed := make(chan error, 2)
	go func() { failed <- deliverForever(ctx, log, held, id) }()
	go func() { failed <- commitForever(ctx, log, g, id, prior) }()
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

// TestCrash kills a writing process again and again. Each time the file is
// sound, nothing that was committed is gone, and nothing that was settled is
// back, and what was claimed is not open to being rewritten.
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
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if done["settled"] == 0 || done["claimed"] == 0 {
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
