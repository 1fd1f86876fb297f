package inventory

import "github.com/netweave/netweave/sdk"

// placement is what a resource counts for in types and groups.
type placement struct {
	visible bool
	typeID  string
	// group is the group value, grouped tells whether there is one: a Node
	// without the label is in the group "".
	group   string
	grouped bool
	// tenant and zone are what the group's own attributes follow.
	tenant, zone string
	// pool is the UID of a MachineSet or MachineDeployment, "" if it is of none.
	pool string
	// ready and capacity count for the figures of the pool or group.
	ready    bool
	capacity amounts
}

// apartFromFigures is what of a placement can wait for nobody.
func (p placement) apartFromFigures() placement {
	p.pool, p.ready, p.capacity = "", false, amounts{}
	return p
}

// place works out what the resource counts for now, and touches whatever the
// difference affects.
func (m *Model) place(id string) {
	was, now := m.placed[id], m.placementOf(id)
	switch {
	case now.visible:
		m.placed[id] = now
		m.touch(Key{sdk.KindResource, id})
	case was.visible:
		delete(m.placed, id)
		m.touchGone(Key{sdk.KindResource, id})
	}
	if was == now {
		return
	}
	m.move(was.pool)
	m.move(now.pool)
	if was.apartFromFigures() == now.apartFromFigures() {
		if now.grouped {
			m.move(m.groupID(now.group))
		}
		return
	}
	m.useType(now.typeID, 1)
	m.useType(was.typeID, -1)
	if was.grouped && (!now.grouped || was.group != now.group) {
		drop(m.groups, was.group, id)
		m.regroup(was.group, len(m.groups[was.group]) == 0)
	}
	if now.grouped {
		first := len(m.groups[now.group]) == 0
		if m.groups[now.group] == nil {
			m.groups[now.group] = map[string]struct{}{}
		}
		m.groups[now.group][id] = struct{}{}
		m.regroup(now.group, first)
	}
}

// regroup touches a label group, and the Volumes of it that came or went with it.
func (m *Model) regroup(group string, cameOrWent bool) {
	key := Key{sdk.KindResourcePool, m.groupID(group)}
	if len(m.groups[group]) == 0 {
		m.touchGone(key)
	} else {
		m.touch(key)
	}
	if !cameOrWent || group == "" {
		return
	}
	for uid := range m.volumes[group] {
		m.touch(Key{sdk.KindResource, uid})
	}
}

func (m *Model) placementOf(id string) placement {
	switch p := m.parts[id].(type) {
	case *Machine:
		if p.terminating {
			return placement{}
		}
		at := placement{visible: true, tenant: p.tenant, zone: p.zone, typeID: p.instanceType}
		node, joined := m.parts[m.nodeOf[id]].(*Node)
		if joined {
			at.ready, at.capacity = node.ready, node.capacity
			at.typeID, at.tenant, at.zone = firstOf(node.instanceType, at.typeID), firstOf(at.tenant, node.tenant), firstOf(node.zone, at.zone)
		}
		at.typeID = firstOf(at.typeID, NodeType)
		at.pool = m.poolOf(p)
		if joined && at.pool == "" {
			at.group, at.grouped = node.group, true
		}
		return at
	case *Node:
		if m.owner[id] != "" {
			return placement{}
		}
		return placement{visible: true, tenant: p.tenant, zone: p.zone, typeID: firstOf(p.instanceType, NodeType), group: p.group, grouped: true, ready: p.ready, capacity: p.capacity}
	case *Volume:
		at := placement{visible: true, tenant: p.tenant}
		if m.byName[classKey(p.class)] == "" {
			at.typeID = VolumeType
		}
		return at
	}
	return placement{}
}
