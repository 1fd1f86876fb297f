package inventory

import (
	"sync"
	"time"

	"github.com/netweave/netweave/sdk"
)

// Settings are what a Model is told of the cluster and its surroundings.
type Settings struct {
	OCloudID, GlobalLocationID string
	// GroupLabel is the label that groups Nodes into pools.
	GroupLabel string
	// CapacityDelay is how long changes of the cluster's capacity gather before
	// the DeploymentManager counts as changed.
	CapacityDelay time.Duration
}

// Key names a noun.
type Key struct {
	Kind sdk.Kind
	ID   string
}

// Origin is where parts come from: one list and watch.
type Origin struct {
	Kind PartKind
	// Namespace is the one that is watched, "" for all.
	Namespace string
}

// Model holds a cluster's parts and joins them into nouns. It is safe for
// concurrent use.
type Model struct {
	settings Settings

	mu      sync.RWMutex
	cluster Cluster
	parts   map[string]Part                // by UID
	origins map[Origin]map[string]struct{} // UIDs
	seen    map[Origin]uint64              // greatest resourceVersion that a list or watch told
	graves  graves                         // UIDs that will not come back
	byName  map[string]string              // name of a Node or StorageClass, key of a pool or Machine -> UID
	nodeBy  map[string]string              // provider id, Machine key -> UID of the Node
	wanted  map[string]map[string]struct{} // node name, provider id -> UIDs of Machines that name it
	members map[string]map[string]struct{} // key or id of a pool -> UIDs of Machines
	volumes map[string]map[string]struct{} // storage class, group -> UIDs of Volumes
	nodeOf  map[string]string              // Machine -> Node
	owner   map[string]string              // Node -> Machine
	placed  map[string]placement           // by resource id
	types   map[string]int                 // instance types in use
	groups  map[string]map[string]struct{} // group value -> resource ids
	zones   map[string]int                 // Nodes per zone
	regions map[string]map[string]int      // zone, region -> how many say so
	failed  map[string]int64               // Machine that has failed -> since when
	moved   map[string]struct{}            // pools whose figures have moved
	moving  *time.Timer
	// figures are the last ones, and figuresAt is when they were measured.
	figures   Figures
	figuresAt time.Time
	sum       totals
	told      totals // what the DeploymentManager said last
	clock     clock
	version   map[Key]uint64
	changes   *Changes
	waiting   map[chan struct{}]struct{}
	pending   *time.Timer
	closed    bool
}

type totals struct {
	nodes                 int
	capacity, allocatable amounts
}

// NewModel returns an empty model.
func NewModel(s Settings) *Model {
	return &Model{
		settings: s,
		parts:    map[string]Part{}, origins: map[Origin]map[string]struct{}{}, seen: map[Origin]uint64{},
		byName: map[string]string{}, nodeBy: map[string]string{},
		wanted: map[string]map[string]struct{}{}, members: map[string]map[string]struct{}{}, volumes: map[string]map[string]struct{}{},
		nodeOf: map[string]string{}, owner: map[string]string{},
		placed: map[string]placement{}, types: map[string]int{}, groups: map[string]map[string]struct{}{}, zones: map[string]int{},
		regions: map[string]map[string]int{}, failed: map[string]int64{}, moved: map[string]struct{}{},
		version: map[Key]uint64{}, waiting: map[chan struct{}]struct{}{},
	}
}

// Upsert adds or replaces one part, as a watch or the answer to a write told it.
// What is older than what the model has, or was deleted, is ignored.
func (m *Model) Upsert(o Origin, p Part) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	m.upsert(o, p, false)
}

// Observe is Upsert for what a watch told; it also notes how far the watch is.
func (m *Model) Observe(o Origin, p Part) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	m.seen[o] = max(m.seen[o], p.Head().Version)
	m.upsert(o, p, false)
}

// Remove takes a part away for good, as a watch or a write told.
func (m *Model) Remove(o Origin, uid string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	m.graves.bury(uid)
	m.remove(o, uid)
}

// Replace makes parts, listed at the resourceVersion version, all there are from
// o. What was written through netweave after that version stays.
func (m *Model) Replace(o Origin, parts []Part, version uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	// A version that went back means another store: a restored etcd, say. Then
	// versions of before mean nothing.
	reset := version < m.seen[o]
	if reset {
		m.graves = graves{}
	}
	m.seen[o] = version
	listed := make(map[string]struct{}, len(parts))
	for _, p := range parts {
		listed[p.Head().UID] = struct{}{}
		m.upsert(o, p, reset)
	}
	for uid := range m.origins[o] {
		if _, ok := listed[uid]; ok {
			continue
		}
		if !reset && m.parts[uid].Head().Version > version {
			continue
		}
		m.remove(o, uid)
	}
}

// Page is the beginning of a list, or all of it.
type Page struct {
	// Versions are the resourceVersions by UID, At that of the list.
	Versions map[string]uint64
	At       uint64
	// Whole: there is no more.
	Whole bool
}

// Holds reports whether the model is as new as a page of o: has its objects, at
// their versions or later, and none that was gone.
func (m *Model) Holds(o Origin, p Page) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for uid, version := range p.Versions {
		if part, ok := m.parts[uid]; ok && part.Head().Version < version || !ok && !m.graves.holds(uid) {
			return false
		}
	}
	if !p.Whole {
		return true
	}
	for uid := range m.origins[o] {
		if _, ok := p.Versions[uid]; !ok && m.parts[uid].Head().Version <= p.At {
			return false
		}
	}
	return true
}

// Forget drops everything that came from o: its API is gone.
func (m *Model) Forget(o Origin) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	for uid := range m.origins[o] {
		m.remove(o, uid)
	}
	delete(m.seen, o)
}

// Close stops the model's timer.
func (m *Model) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.pending != nil {
		m.pending.Stop()
	}
	if m.moving != nil {
		m.moving.Stop()
	}
}

func (m *Model) upsert(o Origin, p Part, force bool) {
	head := p.Head()
	if head.UID == "" || m.graves.holds(head.UID) {
		return
	}
	old, had := m.parts[head.UID]
	if had && !force && old.Head().Version > head.Version && head.Version != 0 {
		return
	}
	uids := m.origins[o]
	if uids == nil {
		uids = map[string]struct{}{}
		m.origins[o] = uids
	}
	uids[head.UID] = struct{}{}
	if had && old.same(p) {
		m.parts[head.UID] = p
		return
	}
	t := m.begin()
	if had {
		m.detach(t, old)
	}
	m.parts[head.UID] = p
	m.attach(t, p)
	t.settle()
}

func (m *Model) remove(o Origin, uid string) {
	delete(m.origins[o], uid)
	old, had := m.parts[uid]
	if !had {
		return
	}
	t := m.begin()
	m.detach(t, old)
	delete(m.parts, uid)
	delete(m.failed, uid)
	t.gone(old)
	t.settle()
}

// graves remembers the UIDs of what was deleted last: a UID is never used
// again, so what still speaks of it is late.
type graves struct {
	uids  map[string]struct{}
	order []string
	next  int
}

// graveCount bounds the memory; a late word comes within seconds.
const graveCount = 8192

func (g *graves) bury(uid string) {
	if g.uids == nil {
		g.uids = map[string]struct{}{}
	}
	if _, ok := g.uids[uid]; ok {
		return
	}
	if len(g.order) < graveCount {
		g.order = append(g.order, uid)
	} else {
		delete(g.uids, g.order[g.next])
		g.order[g.next] = uid
		g.next = (g.next + 1) % graveCount
	}
	g.uids[uid] = struct{}{}
}

func (g *graves) holds(uid string) bool {
	_, ok := g.uids[uid]
	return ok
}

// clock numbers changes. It follows the time of day in microseconds, so that
// numbers go on rising when the plugin is started again, and never stands still.
type clock struct{ last uint64 }

func (c *clock) next() uint64 {
	// the time since 1970 is positive
	c.last = max(c.last+1, uint64(time.Now().UnixMicro()))
	return c.last
}

func add(index map[string]map[string]struct{}, key, uid string) {
	if key == "" {
		return
	}
	set := index[key]
	if set == nil {
		set = map[string]struct{}{}
		index[key] = set
	}
	set[uid] = struct{}{}
}

func drop(index map[string]map[string]struct{}, key, uid string) {
	set := index[key]
	delete(set, uid)
	if len(set) == 0 {
		delete(index, key)
	}
}

// own takes key for uid; disown gives it back if nobody else took it meanwhile.
func own(index map[string]string, key, uid string) {
	if key != "" {
		index[key] = uid
	}
}

func disown(index map[string]string, key, uid string) {
	if index[key] == uid {
		delete(index, key)
	}
}
