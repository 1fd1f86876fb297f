package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"go.etcd.io/bbolt"
)

// picture is what is read of a store.
type picture struct {
	Incarnation o2.ID
	Sequence    uint64
	Told        map[string]uint64
	Activations map[o2.ID]eventlog.Activation
	Standings   []eventlog.Standing
	Queues      [][]uint64
	Dead        []eventlog.DeadLetter
	Totals      eventlog.Totals
	States      int
}

func pictureOf(t *testing.T, s *Store) picture {
	t.Helper()
	l := newLab(t, s)
	ids := []o2.ID{subscriptionID(1), subscriptionID(2)}
	p := picture{Sequence: l.guard.Sequence, Told: l.told, Activations: map[o2.ID]eventlog.Activation{}, States: states(t, s)}
	var err error
	p.Incarnation, err = l.log.Incarnation(t.Context())
	l.must(err)
	all, err := l.log.Activations(t.Context())
	l.must(err)
	for _, a := range all {
		p.Activations[a.Subscription] = a
	}
	p.Standings, err = l.log.Standings(t.Context(), ids)
	l.must(err)
	for i := range p.Standings {
		p.Standings[i].LastFailure = p.Standings[i].LastFailure.UTC().Round(0)
	}
	for _, id := range ids {
		p.Queues = append(p.Queues, l.positions(id))
	}
	p.Dead, err = l.log.DeadLetters(t.Context(), ids[0], 0, 10)
	l.must(err)
	p.Totals, err = l.log.Totals(t.Context())
	l.must(err)
	return p
}

func TestWhatIsClosedIsThereAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(Config{Path: path}, silent)
	if err != nil {
		t.Fatal(err)
	}
	newLab(t, s).fill()
	before := pictureOf(t, s)
	s.mu.Lock()
	old := s.index.guard
	s.mu.Unlock()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, Config{Path: path})
	after := pictureOf(t, s)
	if !reflect.DeepEqual(before, after) {
		t.Errorf("before it was\n%+v, and after\n%+v", before, after)
	}
	// Tokens of an earlier life are worth nothing.
	if _, err := s.EventLog().Refresh(t.Context(), old.Fence); !errors.Is(err, store.ErrFenced) {
		t.Errorf("Refresh with an old fence: %v, want %v", err, store.ErrFenced)
	}
	list, epoch, err := s.Subscriptions().All(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != subscriptionID(1) || epoch == old.Epoch {
		t.Errorf("All gave %v, %s, %v; want one, and a new epoch", list, epoch, err)
	}
	_, err = s.Subscriptions().Create(t.Context(), subscriptionLike(subscriptionID(9)), subscriptionstore.Limits{Total: 1})
	var limit *subscriptionstore.LimitError
	if !errors.As(err, &limit) {
		t.Errorf("Create past the limit: %v", err)
	}
	answer, _, err := s.Idempotency().Begin(t.Context(), sampleKey, "f", time.Hour)
	if err != nil || answer == nil || string(answer.Body) != "b" {
		t.Errorf("Begin gave %+v, %v; want the first answer", answer, err)
	}
}

func subscriptionLike(id o2.ID) *o2.Subscription {
	return &o2.Subscription{ID: id, Surface: "s", Callback: string(id), Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

// crashed opens a copy of a store's file, which is as a crash would leave it.
func crashed(t *testing.T, s *Store) *Store {
	t.Helper()
	raw, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	write(t, path, raw)
	return opened(t, Config{Path: path, noSync: true})
}

// TestClaimsOfTheDead: whatever may have been sent when a process died counts as
// claimed; what was closed well is known exactly.
func TestClaimsOfTheDead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(Config{Path: path, noSync: true}, silent)
	if err != nil {
		t.Fatal(err)
	}
	l, id := newLab(t, s), subscriptionID(1)
	l.activate(id)
	var changes []eventlog.Change
	for i := range mostClaimed + 10 {
		c := l.change("n", i, id)
		if i > 0 {
			c.Prior = l.guard.Sequence + uint64(i)
		}
		changes = append(changes, c)
	}
	l.must(l.commit(changes...))
	if n := len(l.claim(id, 10*mostClaimed)); n != mostClaimed {
		t.Fatalf("%d entries were claimed at once, want %d", n, mostClaimed)
	}
	l.settle(id, eventlog.Settlement{})
	l.claim(id, 3)

	dead := newLab(t, crashed(t, s))
	if n := len(dead.positions(id)); n != 10 {
		t.Errorf("after a crash %d entries count as never claimed, want 10", n)
	}
	d := dead.claim(id, 2)
	dead.settle(id, eventlog.Settlement{Delivered: d[1].Position, DeliveredAt: noon})
	if n := len(dead.positions(id)); n != 10 {
		t.Errorf("after a settlement %d entries count as never claimed, want 10", n)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closed := newLab(t, opened(t, Config{Path: path, noSync: true}))
	if n := len(closed.positions(id)); n != mostClaimed+10-3 {
		t.Errorf("after closing %d entries count as never claimed, want %d", n, mostClaimed+10-3)
	}
}

func TestRenewal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	sample(t, path)
	before := pictureOf(t, crashedAt(t, path))
	if err := Renew(path); err != nil {
		t.Fatal(err)
	}
	after := pictureOf(t, opened(t, Config{Path: path, noSync: true}))
	if after.Incarnation == before.Incarnation {
		t.Error("the incarnation is the same")
	}
	if !reflect.DeepEqual(after.Told, before.Told) || after.Sequence != before.Sequence || len(after.Dead) != 1 {
		t.Errorf("it was\n%+v, and is\n%+v", before, after)
	}
	for id, a := range after.Activations {
		if !a.Overflowed || !a.Returned {
			t.Errorf("subscription %s is %+v, want it to get a fresh initial state", id, a)
		}
	}
	if !reflect.DeepEqual(after.Queues, [][]uint64{nil, nil}) || after.Standings[0].Attempts != 0 {
		t.Errorf("the queues are %v, %+v", after.Queues, after.Standings)
	}
}

func crashedAt(t *testing.T, path string) *Store {
	t.Helper()
	return crashed(t, &Store{path: path})
}

func TestRenewalRefused(t *testing.T) {
	folder := t.TempDir()
	if err := Renew(filepath.Join(folder, "none.db")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("of what is not there: %v", err)
	}
	text := filepath.Join(folder, "text")
	write(t, text, []byte("text"))
	if err := Renew(text); !errors.Is(err, ErrUnfit) {
		t.Errorf("of a text: %v", err)
	}
	busy := filepath.Join(folder, "busy.db")
	opened(t, Config{Path: busy})
	if err := renew(Config{Path: busy, Timeout: impatient}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("of a file that is open: %v", err)
	}
}

func TestClosedStore(t *testing.T) {
	s := quick(t)
	l := newLab(t, s)
	l.activate(subscriptionID(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	for name, err := range map[string]error{
		"a write": l.commit(l.change("n", 1)),
		"a read":  s.Check(),
		"a walk":  l.log.WalkTold(t.Context(), func(eventlog.Told) error { return nil }),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, store.ErrUnavailable)
		}
	}
}

// TestFullStore fills a file that may not grow: what does not fit is refused
// whole, what is there can be read, and room can be made.
func TestFullStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	// The file grows in large steps: this leaves room for the first alone.
	s := opened(t, Config{Path: path, noSync: true, maxSize: 1 << 20})
	l := newLab(t, s)
	var ids []o2.ID
	for n := range 20 {
		ids = append(ids, subscriptionID(n))
	}
	l.activate(ids...)
	var err error
	for i := 0; err == nil && i < 10_000; i++ {
		err = l.commit(l.change("n", i, ids...))
	}
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("the last commit: %v, want %v", err, store.ErrUnavailable)
	}
	fresh, err := l.log.Refresh(t.Context(), l.guard.Fence)
	l.must(err)
	if fresh.Sequence != l.guard.Sequence {
		t.Errorf("the sequence is %d after a commit that failed, and was %d", fresh.Sequence, l.guard.Sequence)
	}
	l.guard = fresh // the epoch is new: whoever leads is to look again
	for _, id := range ids {
		p := l.positions(id)
		if len(p) == 0 || p[len(p)-1] != l.guard.Sequence || !slices.Equal(p, l.positions(ids[0])) {
			t.Fatalf("subscription %s has %d entries, the last at %d", id, len(p), p[len(p)-1])
		}
	}
	for _, id := range ids[:19] {
		l.must(l.log.Deactivate(t.Context(), l.guard, id))
	}
	for i := range 100 {
		l.put("n", i, ids[19])
	}
}

// TestRoomIsUsedAgain fills and ends one subscription after another: the file
// does not grow with their number.
func TestRoomIsUsedAgain(t *testing.T) {
	s := quick(t)
	l := newLab(t, s)
	names := make([]string, 200)
	for i := range names {
		names[i] = "a resource with a name of some length " + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	round := func(n int) int64 {
		id := subscriptionID(n)
		l.activate(id)
		for r := range 10 {
			var changes []eventlog.Change
			for _, name := range names {
				changes = append(changes, l.change(name, n*10+r, id))
			}
			l.must(l.commit(changes...))
		}
		l.must(l.log.Deactivate(t.Context(), l.guard, id))
		info, err := os.Stat(s.path)
		l.must(err)
		return info.Size()
	}
	first := round(0)
	var last int64
	for n := range 12 {
		last = round(n + 1)
	}
	if last > 2*first {
		t.Errorf("the file has %d bytes, and had %d after the first subscription", last, first)
	}
	if n := states(t, s); n != len(names) {
		t.Errorf("%d states are kept, want %d", n, len(names))
	}
}

// TestReachesOfAnotherNetweave: an earlier one leaves no record of whose objects a
// subscription hears of, or one of another version of it.
func TestReachesOfAnotherNetweave(t *testing.T) {
	all := o2.Reaches{1, 2, 3, 4}
	for name, tt := range map[string]struct {
		meanwhile func(tx *bbolt.Tx) error
		want      o2.Reaches
	}{
		"nothing happened": {func(*bbolt.Tx) error { return nil }, all},
		"it knows of none": {func(tx *bbolt.Tx) error { return tx.DeleteBucket(reachesBucket) }, o2.Reaches{}},
		"it changed the subscription": {func(tx *bbolt.Tx) error {
			q, err := decodeActive(subscriptionID(1), tx.Bucket(activeBucket).Get([]byte(subscriptionID(1))))
			if err != nil {
				return err
			}
			q.Version++
			return tx.Bucket(activeBucket).Put([]byte(q.Subscription), encodeActive(q))
		}, o2.Reaches{}},
		"a broken record": {func(tx *bbolt.Tx) error {
			return tx.Bucket(reachesBucket).Put([]byte(subscriptionID(1)), []byte{1})
		}, o2.Reaches{}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			s, err := Open(Config{Path: path}, silent)
			if err != nil {
				t.Fatal(err)
			}
			g, err := s.EventLog().Lead(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a := eventlog.Activation{Subscription: subscriptionID(1), Version: 2, Tenant: "t", Reaches: all}
			if _, err := s.EventLog().Activate(t.Context(), g, a, nil, false); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.update(tt.meanwhile), s.Close()); err != nil {
				t.Fatal(err)
			}
			got, err := opened(t, Config{Path: path}).EventLog().Activations(t.Context())
			if err != nil || len(got) != 1 || got[0].Reaches != tt.want {
				t.Errorf("it is in force as %+v (%v), want the reaches %v", got, err, tt.want)
			}
		})
	}
}
