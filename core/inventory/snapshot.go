package inventory

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

var (
	errFeedOver = errors.New("the feed is over")
	errNoBegin  = errors.New("Synced without Begin")
)

// snapshot is a full listing under way.
type snapshot struct {
	// began is the view's clock, at the time, when it began.
	began uint64
	at    time.Time
	kinds o2.KindSet
	// seen are the ids that it put.
	seen [o2.KindCount][]o2.ID
	// staged are the changes of a view's first snapshot, which show only once
	// it is whole; later ones show at once.
	staged []intent
}

// session is one run of a backend's feed: the sink of one Watch or Snapshot.
type session struct {
	view *view
	// from is where a snapshot comes from that a Poller gave, nil for any other.
	from *Poll
	// lists: the snapshot is made for this process, of what the backend holds since
	// it began. A watch begins with what its plugin has heard by then, which may be
	// less: only a health check tells.
	lists bool
	// onSynced, if set, is told of every snapshot that ends. It must not block.
	onSynced func()
	// established: a snapshot has come to its end and none is under way.
	established atomic.Bool
	// Below is under the shelf's lock.
	over     bool
	synced   bool
	progress time.Time
	// told: the log has been told of refused objects since the last Begin.
	told bool
}

var _ backend.Sink = (*session)(nil)

func (v *view) session() *session { return &session{view: v, progress: time.Now()} }

// Begin starts a snapshot; one under way is abandoned.
func (s *session) Begin(kinds o2.KindSet) error {
	unlock, err := s.enter()
	if err != nil {
		return err
	}
	defer unlock()
	v := s.view
	v.clock++
	v.running = &snapshot{began: v.clock, at: s.progress, kinds: kinds}
	if s.from.shared() {
		v.running.began, v.running.at = v.fetches.next(), s.from.Began
	}
	v.prune()
	s.told = false
	s.established.Store(false)
	return nil
}

// Put takes a snapshot's objects, or changes.
func (s *session) Put(objects []o2.Object) error {
	unlock, err := s.enter()
	if err != nil {
		return err
	}
	defer unlock()
	v := s.view
	sound := make([]o2.Object, 0, len(objects))
	for _, o := range objects {
		if fault := v.faultOf(o); fault != "" {
			s.refuse(1, fault)
			continue
		}
		sound = append(sound, o)
	}
	r := v.running
	if r == nil {
		s.refuseForeign(v.put(sound))
		return nil
	}
	intents := make([]intent, 0, len(sound))
	for _, o := range sound {
		key := keyOf(o)
		r.seen[key.kind] = append(r.seen[key.kind], key.id)
		if v.synced.Load() && !v.admits(r, key, o) {
			continue
		}
		intents = append(intents, intent{objectKey: key, object: o, fresh: true})
	}
	if !v.synced.Load() {
		r.staged = append(r.staged, intents...)
		return nil
	}
	s.refuseForeign(v.commit(intents))
	return nil
}

// Delete takes objects away.
func (s *session) Delete(kind o2.Kind, ids []o2.ID) error {
	unlock, err := s.enter()
	if err != nil {
		return err
	}
	defer unlock()
	if int(kind) >= o2.KindCount {
		return errors.New("Delete of an unknown kind")
	}
	if r := s.view.running; r != nil && !s.view.synced.Load() {
		for _, id := range ids {
			r.staged = append(r.staged, intent{objectKey: objectKey{kind, id}})
		}
	}
	s.view.remove(kind, ids)
	return nil
}

// Synced ends the snapshot: what it covers and did not put is gone, unless it
// was written through us since the snapshot began.
func (s *session) Synced() error {
	unlock, err := s.enter()
	if err != nil {
		return err
	}
	defer unlock()
	v := s.view
	r := v.running
	if r == nil {
		return errNoBegin
	}
	intents := make([]intent, 0, len(r.staged))
	for _, in := range r.staged {
		if in.object == nil || v.admits(r, in.objectKey, in.object) {
			intents = append(intents, in)
		}
	}
	for kind := range r.seen {
		slices.SortFunc(r.seen[kind], func(a, b o2.ID) int { return strings.Compare(string(a), string(b)) })
		unique := slices.Compact(r.seen[kind])
		if n := len(r.seen[kind]) - len(unique); n > 0 {
			s.refuse(n, "the same id comes more than once in a snapshot; the last one counts")
		}
		if r.kinds.Has(o2.Kind(kind)) {
			intents = append(intents, v.absent(r, o2.Kind(kind), unique)...)
		}
	}
	s.refuseForeign(v.commit(intents))
	for key, w := range v.writes {
		switch {
		case w.clock > r.began:
		case w.deleted:
			delete(v.writes, key)
		case w.recreated: // the snapshot is past the former object's end
			w.recreated = false
			v.writes[key] = w
		}
	}
	v.running = nil
	v.prune()
	v.snapshots.Add(1)
	if !v.synced.Swap(true) {
		v.current.Store(int64(r.at.Sub(v.born))) // what others have listed may be older than the view
	}
	v.knownCurrent(r.at)
	if s.lists {
		v.shelf.confirm(v, r.at)
	}
	s.synced = true
	s.established.Store(true)
	if s.onSynced != nil {
		s.onSynced()
	}
	return nil
}

// close ends the session: a snapshot under way is abandoned and later calls
// fail. It reports whether the session ended any snapshot.
func (s *session) close() (synced bool) {
	s.view.shelf.mu.Lock()
	defer s.view.shelf.mu.Unlock()
	s.over = true
	s.established.Store(false)
	s.view.running = nil
	return s.synced
}

// stalled reports whether the session is before or in a snapshot and has not
// been heard of for so long.
func (s *session) stalled(timeout time.Duration) bool {
	s.view.shelf.mu.Lock()
	defer s.view.shelf.mu.Unlock()
	return !s.over && !s.established.Load() && time.Since(s.progress) >= timeout
}

func (s *session) enter() (unlock func(), err error) {
	mu := &s.view.shelf.mu
	mu.Lock()
	if s.over {
		mu.Unlock()
		return nil, errFeedOver
	}
	s.progress = time.Now()
	return mu.Unlock, nil
}

// admits reports whether an item of snapshot r may stand against our own last
// write to the object: r began after it, or the item's revision is not behind.
func (v *view) admits(r *snapshot, key objectKey, o o2.Object) bool {
	w, ok := v.writes[key]
	if !ok {
		return true
	}
	revision := o.Head().Revision
	known := revision != 0 && w.revision != 0
	if w.deleted {
		return w.clock < r.began || known && revision > w.revision
	}
	if known {
		return revision >= w.revision
	}
	return w.clock < r.began
}

// absent returns the removal of all of a kind that snapshot r did not see.
func (v *view) absent(r *snapshot, kind o2.Kind, seen []o2.ID) []intent {
	var gone []intent
	for e := range v.state.Load().kinds[kind].all.all() {
		for len(seen) > 0 && seen[0] < e.id {
			seen = seen[1:]
		}
		if len(seen) > 0 && seen[0] == e.id {
			continue
		}
		key := objectKey{kind, e.id}
		if w, ok := v.writes[key]; ok && w.clock > r.began {
			continue
		}
		gone = append(gone, intent{objectKey: key})
	}
	return gone
}

// faultOf says why the view cannot take o, "" if it can.
func (v *view) faultOf(o o2.Object) string {
	missing := true
	switch x := o.(type) {
	case *o2.DeploymentManager:
		missing = x == nil
	case *o2.ResourcePool:
		missing = x == nil
	case *o2.Resource:
		missing = x == nil
	case *o2.ResourceType:
		missing = x == nil
	case *o2.Alarm:
		missing = x == nil
	}
	switch {
	case missing:
		return "an object is missing"
	case o.Head().ID == "":
		return "an object has no id"
	case o.Head().Backend != v.backend:
		return "an object names another backend as its own"
	case o.Head().Digest == o2.Digest{}:
		return "an object is not sealed"
	}
	return ""
}

func (s *session) refuseForeign(ids []o2.ID) {
	if len(ids) > 0 {
		s.refuse(len(ids), "another backend holds the same id", slog.String("id", string(ids[0])))
	}
}

// refuse counts objects that the view does not take; the log hears of the first
// since the last Begin.
func (s *session) refuse(n int, why string, attrs ...any) {
	s.view.refused.Add(uint64(n))
	if s.told {
		return
	}
	s.told = true
	s.view.shelf.log.Warn("object refused", append([]any{
		slog.String("adapter", s.view.backend), slog.String("reason", why),
	}, attrs...)...)
}
