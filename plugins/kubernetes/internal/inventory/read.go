package inventory

import (
	"iter"
	"slices"

	"github.com/netweave/netweave/sdk"
)

// kinds are in an order in which references resolve.
var kinds = []sdk.Kind{sdk.KindDeploymentManager, sdk.KindResourceType, sdk.KindResourcePool, sdk.KindResource}

// Get returns the noun as it is now, nil if there is none.
func (m *Model) Get(key Key) sdk.Object {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.build(key)
}

// List yields the nouns of one kind, in the order of their ids: those of one
// tenant, or all for "". It holds no lock while the caller works; what goes away
// meanwhile is left out.
func (m *Model) List(kind sdk.Kind, tenant string) iter.Seq[sdk.Object] {
	return func(yield func(sdk.Object) bool) {
		m.mu.RLock()
		keys := m.keys(kind, tenant)
		m.mu.RUnlock()
		for _, key := range keys {
			noun := m.Get(key)
			// Selected by label above; checked on the result, because the label
			// may have changed in between.
			if noun == nil || tenant != "" && noun.Common().Tenant != tenant {
				continue
			}
			if !yield(noun) {
				return
			}
		}
	}
}

// keys returns the sorted keys of one kind, of one tenant if it is not "".
func (m *Model) keys(kind sdk.Kind, tenant string) []Key {
	var ids []string
	take := func(id, owner string) {
		if tenant == "" || tenant == owner {
			ids = append(ids, id)
		}
	}
	switch kind {
	case sdk.KindDeploymentManager:
		if m.cluster.ID != "" {
			take(m.cluster.ID, "")
		}
	case sdk.KindResourceType:
		for id := range m.types {
			take(id, "")
		}
		for _, p := range m.parts {
			if c, ok := p.(*StorageClass); ok {
				take(c.UID, c.tenant)
			}
		}
	case sdk.KindResourcePool:
		for _, p := range m.parts {
			if pool, ok := p.(*MachinePool); ok && !pool.terminating {
				take(pool.UID, pool.tenant)
			}
		}
		for group := range m.groups {
			take(m.groupID(group), m.groupTenant(group))
		}
	case sdk.KindResource:
		for id, at := range m.placed {
			take(id, at.tenant)
		}
	}
	slices.Sort(ids)
	keys := make([]Key, len(ids))
	for i, id := range ids {
		keys[i] = Key{kind, id}
	}
	return keys
}

// Pool returns the part behind a pool, nil if there is none.
func (m *Model) Pool(id string) *MachinePool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p, ok := m.parts[id].(*MachinePool)
	if !ok || p.terminating {
		return nil
	}
	return p
}

// Pools returns every MachineSet and MachineDeployment that is not going away,
// sorted by kind, namespace and name.
func (m *Model) Pools() []*MachinePool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var pools []*MachinePool
	for _, p := range m.parts {
		if pool, ok := p.(*MachinePool); ok && !pool.terminating {
			pools = append(pools, pool)
		}
	}
	slices.SortFunc(pools, func(a, b *MachinePool) int {
		if a.key() < b.key() {
			return -1
		}
		return 1
	})
	return pools
}

// IsGroup tells whether id is that of a label group.
func (m *Model) IsGroup(id string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, ok := m.groupOf(id)
	return ok
}

// Target is what stands behind a resource, for whoever wants to delete it.
type Target struct {
	// Machine is nil for a Node without one and for a PersistentVolume.
	Machine *Machine
	// Node is the name of the Node, "" if none has joined.
	Node string
	// Volume is the name of the PersistentVolume, "" if it is none.
	Volume string
	// Pool is the Machine's pool, nil if it has none.
	Pool *MachinePool
}

// Target finds what stands behind a resource; ok is false if there is none.
func (m *Model) Target(id string) (t Target, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if _, ok := m.placed[id]; !ok {
		return Target{}, false
	}
	switch p := m.parts[id].(type) {
	case *Machine:
		t.Machine = p
		if node, ok := m.parts[m.nodeOf[id]].(*Node); ok {
			t.Node = node.Name
		}
		if pool, ok := m.parts[m.poolOf(p)].(*MachinePool); ok {
			t.Pool = pool
		}
	case *Node:
		t.Node = p.Name
	case *Volume:
		t.Volume = p.Name
	}
	return t, true
}

// PoolMachines returns the UIDs of the Machines that belong to the pool.
func (m *Model) PoolMachines(poolID string) map[string]bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := map[string]bool{}
	pool, ok := m.parts[poolID].(*MachinePool)
	if !ok {
		return out
	}
	for _, key := range []string{pool.key(), pool.UID} {
		for uid := range m.members[key] {
			if machine, ok := m.parts[uid].(*Machine); ok && m.poolOf(machine) == poolID {
				out[uid] = true
			}
		}
	}
	return out
}

// Managed tells whether the pool's own controller counts the Machine among its
// replicas, as opposed to one that netweave made beside them.
func (p *MachinePool) Managed(m *Machine) bool { return m.pool == p.key() }
