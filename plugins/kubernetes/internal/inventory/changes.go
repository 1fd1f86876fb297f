package inventory

import (
	"context"
	"time"

	"github.com/netweave/netweave/sdk"
)

// Changes are the nouns that changed since they were last drained.
type Changes struct {
	dirty  map[Key]struct{}
	signal chan struct{}

	// marked counts marks; drained is that count at the last Drain, and sent what
	// of it was sent. follows: everything of before was sent as a whole.
	marked, drained, sent uint64
	follows               bool
}

// Ready receives when there is something to drain.
func (c *Changes) Ready() <-chan struct{} { return c.signal }

// Follow starts to gather changes and returns them with the keys of all nouns
// as of that moment. Whoever followed before hears of nothing more.
func (m *Model) Follow() (*Changes, []Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes = &Changes{dirty: map[Key]struct{}{}, signal: make(chan struct{}, 1)}
	var keys []Key
	for _, kind := range kinds {
		keys = append(keys, m.keys(kind, "")...)
	}
	return m.changes, keys
}

// Unfollow ends what Follow started.
func (m *Model) Unfollow(c *Changes) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes == c {
		m.changes = nil
	}
}

// Drain returns the nouns that changed, the later state of each, and the keys of
// those that are gone. Both are in an order in which references resolve.
func (m *Model) Drain(c *Changes) (put []sdk.Object, gone []Key) {
	m.mu.Lock()
	dirty := c.dirty
	c.dirty, c.drained = map[Key]struct{}{}, c.marked
	m.mu.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, kind := range kinds {
		for key := range dirty {
			if key.Kind != kind {
				continue
			}
			if noun := m.build(key); noun != nil {
				put = append(put, noun)
			} else {
				gone = append(gone, key)
			}
		}
	}
	// What refers to others goes before them.
	for i, j := 0, len(gone)-1; i < j; i, j = i+1, j-1 {
		gone[i], gone[j] = gone[j], gone[i]
	}
	return put, gone
}

// Sent notes that what was drained, and what there was when following began, is
// sent.
func (m *Model) Sent(c *Changes) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	c.sent, c.follows = c.drained, true
}

// Told returns a condition for Await: all that the model holds now has been sent
// to whoever follows. Nobody does before a snapshot is sent.
func (m *Model) Told() func() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := m.changes
	if c == nil || !c.follows {
		return func() bool { return true }
	}
	marked := c.marked
	return func() bool {
		m.mu.RLock()
		defer m.mu.RUnlock()
		return c.sent >= marked || m.changes != c
	}
}

// touch marks a noun as changed and gives it its next revision.
func (m *Model) touch(key Key) {
	m.version[key] = m.clock.next()
	m.mark(key)
}

// touchGone marks a noun that is no more.
func (m *Model) touchGone(key Key) {
	delete(m.version, key)
	m.mark(key)
}

func (m *Model) mark(key Key) {
	if m.changes != nil {
		m.changes.dirty[key] = struct{}{}
		m.changes.marked++
	}
}

// Await returns when done says so, asked again after every change, or with
// ctx's error. done may call the model.
func (m *Model) Await(ctx context.Context, done func() bool) error {
	wake := make(chan struct{}, 1)
	m.mu.Lock()
	m.waiting[wake] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		delete(m.waiting, wake)
		m.mu.Unlock()
	}()
	for !done() {
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// announce wakes whoever follows or waits.
func (m *Model) announce() {
	for wake := range m.waiting {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	if m.changes == nil || len(m.changes.dirty) == 0 {
		return
	}
	select {
	case m.changes.signal <- struct{}{}:
	default:
	}
}

// touchCluster lets changes of the capacity gather before the DeploymentManager
// changes: ten thousand Nodes that join are not ten thousand changes of it.
func (m *Model) touchCluster() {
	if m.pending != nil || m.closed || m.cluster.ID == "" {
		return
	}
	m.pending = time.AfterFunc(m.settings.CapacityDelay, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		defer m.announce()
		m.pending = nil
		if m.closed || m.sum == m.told {
			return
		}
		m.told = m.sum
		m.touch(m.clusterKey())
	})
}

// SetCluster tells what the cluster is; until then there is no
// DeploymentManager.
func (m *Model) SetCluster(c Cluster) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	if m.cluster == c {
		return
	}
	m.cluster, m.told = c, m.sum
	m.touch(m.clusterKey())
}

func (m *Model) clusterKey() Key { return Key{sdk.KindDeploymentManager, m.cluster.ID} }
