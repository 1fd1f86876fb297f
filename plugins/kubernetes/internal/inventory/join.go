package inventory

import (
	"maps"
	"slices"

	"github.com/netweave/netweave/sdk"
)

// change gathers what one part's coming or going affects.
type change struct {
	m         *Model
	resources map[string]struct{}
	// relink are Machines whose Node is to be looked for again.
	relink map[string]struct{}
}

func (m *Model) begin() *change {
	return &change{m: m, resources: map[string]struct{}{}, relink: map[string]struct{}{}}
}

func (t *change) affect(ids map[string]struct{}) {
	for id := range ids {
		t.resources[id] = struct{}{}
	}
}

// attach enters p into the indexes.
func (m *Model) attach(t *change, p Part) {
	uid := p.Head().UID
	switch p := p.(type) {
	case *Node:
		own(m.byName, nodeKey(p.Name), uid)
		own(m.nodeBy, providerKey(p.providerID), uid)
		own(m.nodeBy, p.machine, uid)
		m.count(p, 1)
		t.resources[uid] = struct{}{}
		m.candidates(t, p)
	case *Machine:
		own(m.byName, machineKey(p.Kind, p.Namespace, p.Name), uid)
		add(m.wanted, nodeKey(p.nodeName), uid)
		add(m.wanted, providerKey(p.providerID), uid)
		add(m.members, p.pool, uid)
		add(m.members, p.poolID, uid)
		m.noteFailed(p)
		t.resources[uid], t.relink[uid] = struct{}{}, struct{}{}
	case *MachinePool:
		own(m.byName, p.key(), uid)
		m.countRegion(p.zone, p.region, 1)
		m.useType(p.instanceType, 1)
		m.touch(Key{sdk.KindResourcePool, uid})
		t.affect(m.members[p.key()])
		t.affect(m.members[uid])
	case *StorageClass:
		own(m.byName, classKey(p.Name), uid)
		m.touch(Key{sdk.KindResourceType, uid})
		t.affect(m.volumes[classKey(p.Name)])
	case *Volume:
		add(m.volumes, classKey(p.class), uid)
		add(m.volumes, p.group, uid)
		t.resources[uid] = struct{}{}
	}
}

// detach undoes attach.
func (m *Model) detach(t *change, p Part) {
	uid := p.Head().UID
	switch p := p.(type) {
	case *Node:
		disown(m.byName, nodeKey(p.Name), uid)
		disown(m.nodeBy, providerKey(p.providerID), uid)
		disown(m.nodeBy, p.machine, uid)
		m.count(p, -1)
		t.resources[uid] = struct{}{}
		m.candidates(t, p)
	case *Machine:
		disown(m.byName, machineKey(p.Kind, p.Namespace, p.Name), uid)
		drop(m.wanted, nodeKey(p.nodeName), uid)
		drop(m.wanted, providerKey(p.providerID), uid)
		drop(m.members, p.pool, uid)
		drop(m.members, p.poolID, uid)
		t.resources[uid], t.relink[uid] = struct{}{}, struct{}{}
		// A Machine that no longer claims its Node may leave it to another.
		if node, ok := m.parts[m.nodeOf[uid]].(*Node); ok {
			m.candidates(t, node)
		}
	case *MachinePool:
		disown(m.byName, p.key(), uid)
		m.countRegion(p.zone, p.region, -1)
		m.useType(p.instanceType, -1)
		t.affect(m.members[p.key()])
		t.affect(m.members[uid])
	case *StorageClass:
		disown(m.byName, classKey(p.Name), uid)
		t.affect(m.volumes[classKey(p.Name)])
	case *Volume:
		drop(m.volumes, classKey(p.class), uid)
		drop(m.volumes, p.group, uid)
		t.resources[uid] = struct{}{}
	}
}

// gone tells readers of nouns that went away with the part itself.
func (t *change) gone(p Part) {
	switch p := p.(type) {
	case *MachinePool:
		t.m.touchGone(Key{sdk.KindResourcePool, p.UID})
	case *StorageClass:
		t.m.touchGone(Key{sdk.KindResourceType, p.UID})
	}
}

// candidates marks every Machine that may belong to the Node.
func (m *Model) candidates(t *change, n *Node) {
	for uid := range m.wanted[nodeKey(n.Name)] {
		t.relink[uid] = struct{}{}
	}
	if n.providerID != "" {
		for uid := range m.wanted[providerKey(n.providerID)] {
			t.relink[uid] = struct{}{}
		}
	}
	if uid := m.machineNamed(n.machine); uid != "" {
		t.relink[uid] = struct{}{}
	}
	if uid, ok := m.owner[n.UID]; ok {
		t.relink[uid] = struct{}{}
	}
}

// machineNamed finds the Machine that a Node's annotation names.
func (m *Model) machineNamed(name string) string {
	if name == "" {
		return ""
	}
	return firstOf(m.byName[string(PartMachine)+"|"+name], m.byName[string(PartClusterMachine)+"|"+name])
}

// settle joins anew and tells readers what changed.
func (t *change) settle() {
	m := t.m
	for uid := range t.relink {
		m.unlink(t, uid)
	}
	// In order, so that of two Machines that claim one Node always the same wins.
	for _, uid := range slices.Sorted(maps.Keys(t.relink)) {
		m.link(t, uid)
	}
	for id := range t.resources {
		m.place(id)
	}
}

func (m *Model) unlink(t *change, machine string) {
	if node, ok := m.nodeOf[machine]; ok {
		delete(m.nodeOf, machine)
		delete(m.owner, node)
		t.resources[machine], t.resources[node] = struct{}{}, struct{}{}
	}
}

func (m *Model) link(t *change, machine string) {
	p, ok := m.parts[machine].(*Machine)
	if !ok {
		return
	}
	node := m.findNode(p)
	if node == "" {
		return
	}
	if other, taken := m.owner[node]; taken && other != machine {
		return
	}
	m.nodeOf[machine], m.owner[node] = node, machine
	t.resources[machine], t.resources[node] = struct{}{}, struct{}{}
}

// findNode returns the UID of the Machine's Node: what its status names, else
// the Node with the same provider id, else the one whose annotation names it. A
// Machine may be of another cluster, so whatever speaks against a Node rules it
// out.
func (m *Model) findNode(p *Machine) string {
	uid := ""
	switch {
	case p.nodeName != "":
		uid = m.byName[nodeKey(p.nodeName)]
	case p.providerID != "":
		uid = m.nodeBy[providerKey(p.providerID)]
	}
	if uid == "" && p.nodeName == "" {
		uid = m.nodeBy[p.Namespace+"/"+p.Name]
	}
	node, ok := m.parts[uid].(*Node)
	if !ok {
		return ""
	}
	if p.nodeUID != "" && p.nodeUID != uid {
		return ""
	}
	if p.providerID != "" && node.providerID != "" && p.providerID != node.providerID {
		return ""
	}
	if node.machine != "" && node.machine != p.Namespace+"/"+p.Name {
		return ""
	}
	return uid
}

// poolOf returns the UID of the Machine's pool, "" if it has none.
func (m *Model) poolOf(p *Machine) string {
	if uid := m.byName[p.pool]; uid != "" && p.pool != "" {
		return uid
	}
	if _, ok := m.parts[p.poolID].(*MachinePool); ok {
		return p.poolID
	}
	return ""
}

// noteFailed keeps the time at which a Machine was first seen to have failed, for
// as long as it has.
func (m *Model) noteFailed(p *Machine) {
	if !p.failed {
		delete(m.failed, p.UID)
	} else if _, known := m.failed[p.UID]; !known {
		m.failed[p.UID] = p.failedSince
	}
}

func (m *Model) useType(id string, n int) {
	if id == "" {
		return
	}
	was := m.types[id]
	m.types[id] += n
	switch {
	case m.types[id] == 0:
		delete(m.types, id)
		m.touchGone(Key{sdk.KindResourceType, id})
	case was == 0:
		m.touch(Key{sdk.KindResourceType, id})
	}
}

// count enters the Node into the cluster's sums.
func (m *Model) count(n *Node, sign int) {
	m.countRegion(n.zone, n.region, sign)
	m.sum.nodes += sign
	m.sum.capacity = m.sum.capacity.plus(n.capacity, int64(sign))
	m.sum.allocatable = m.sum.allocatable.plus(n.allocatable, int64(sign))
	if n.zone != "" {
		m.zones[n.zone] += sign
		if m.zones[n.zone] == 0 {
			delete(m.zones, n.zone)
		}
	}
	m.touchCluster()
}

func nodeKey(name string) string { return prefixed("node|", name) }

func providerKey(id string) string { return prefixed("provider|", id) }

func classKey(name string) string { return prefixed("class|", name) }

func machineKey(kind PartKind, namespace, name string) string {
	return string(kind) + "|" + namespace + "/" + name
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
