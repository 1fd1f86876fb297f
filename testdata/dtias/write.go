package dtias

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// The writes. Each returns what to answer, or the status and problem.

func (w *World) createPool(in newPool) (Pool, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.datacenterLocked(in.Datacenter)
	switch {
	case in.Name == "":
		return Pool{}, invalid("name is missing")
	case d == nil:
		return Pool{}, invalid("there is no datacenter %q", in.Datacenter)
	case !slices.Contains([]string{"compute", "storage", "network"}, in.Type):
		return Pool{}, invalid("type is %q: it must be compute, storage or network", in.Type)
	}
	w.made++
	p := &Pool{
		ID: fmt.Sprintf("rp-%s-%04d", d.name, w.made), Name: in.Name, Description: in.Description, Datacenter: d.name,
		Type: in.Type, State: "active", Location: d.place(), Metadata: orEmpty(in.Metadata), CreatedAt: w.now(), UpdatedAt: w.now(),
	}
	w.pools[p.ID] = p
	return w.shownPoolLocked(p), nil
}

func (w *World) updatePool(id string, in poolChange) (Pool, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pools[id]
	switch {
	case p == nil:
		return Pool{}, notFound("resource pool", id)
	case in.Name == "":
		return Pool{}, invalid("name is missing")
	}
	p.Name, p.Description, p.Metadata, p.UpdatedAt = in.Name, in.Description, orEmpty(in.Metadata), w.now()
	return w.shownPoolLocked(p), nil
}

func (w *World) deletePool(id string) *refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pools[id]
	if p == nil {
		return notFound("resource pool", id)
	}
	if n := w.shownPoolLocked(p).ServerCount; n > 0 {
		return &refusal{http.StatusConflict, Problem{Code: "RESOURCE_IN_USE", Message: fmt.Sprintf("the pool has %d servers: release them first", n)}}
	}
	delete(w.pools, id)
	return nil
}

func (w *World) allocate(in allocation) (Machine, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pools[in.ServerPoolID]
	switch {
	case p == nil:
		return Machine{}, notFound("resource pool", in.ServerPoolID)
	case typeByID(in.ServerTypeID) == nil:
		return Machine{}, notFound("server type", in.ServerTypeID)
	case in.Hostname == "":
		return Machine{}, invalid("hostname is missing")
	}
	d := w.datacenterLocked(p.Datacenter)
	spare := d.spare[in.ServerTypeID]
	if len(spare) == 0 {
		return Machine{}, &refusal{http.StatusConflict, Problem{
			Code: "INSUFFICIENT_CAPACITY", Message: fmt.Sprintf("no server of type %s is free in %s", in.ServerTypeID, d.name),
		}}
	}
	m := spare[0]
	d.spare[in.ServerTypeID] = spare[1:]
	m.ServerPoolID, m.Hostname, m.Metadata = p.ID, in.Hostname, orEmpty(in.Metadata)
	m.State, m.CreatedAt, m.UpdatedAt = "provisioning", w.now(), w.now()
	w.machines[m.ID] = m
	w.readyAt[m.ID] = w.now().Add(w.provisioning)
	return w.shownLocked(m), nil
}

func (w *World) release(in release) *refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.machines[in.ID]
	if m == nil {
		return notFound("server", in.ID)
	}
	delete(w.machines, m.ID)
	delete(w.readyAt, m.ID)
	d := w.datacenterLocked(m.Location.Datacenter)
	m.ServerPoolID, m.Hostname, m.Metadata = "", "", nil
	d.spare[m.Type] = append(d.spare[m.Type], m)
	return nil
}

func (w *World) changeMachine(id string, in machineChange) (Machine, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.machines[id]
	if m == nil {
		return Machine{}, notFound("server", id)
	}
	if in.Hostname != nil {
		m.Hostname = *in.Hostname
	}
	if in.Metadata != nil {
		m.Metadata = in.Metadata
	}
	m.UpdatedAt = w.now()
	return w.shownLocked(m), nil
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(m)
}
