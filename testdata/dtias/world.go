package dtias

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// How much is made up in each datacenter.
const (
	allocatedEach = 20
	spareEach     = 12 // of all types in turn
)

// World is the bare metal that a Server tells of, safe for concurrent use.
type World struct {
	now          func() time.Time
	provisioning time.Duration

	mu          sync.Mutex
	datacenters []*datacenter
	pools       map[string]*Pool
	machines    map[string]*Machine // the allocated ones
	readyAt     map[string]time.Time
	made        int // pools that were created
}

// epoch is when everything that is made up was created.
var epoch = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// newWorld makes up the world.
func newWorld(now func() time.Time, provisioning time.Duration) *World {
	w := &World{now: now, provisioning: provisioning, pools: map[string]*Pool{}, machines: map[string]*Machine{}, readyAt: map[string]time.Time{}}
	for i, site := range sites {
		d := &datacenter{site: site, name: []string{"ams-dc1", "ham-dc1"}[i], spare: map[string][]*Machine{}}
		w.datacenters = append(w.datacenters, d)
		pool := &Pool{
			ID: "rp-" + d.name + "-compute", Name: d.name + "-compute", Description: "Compute servers in " + site.Name, Datacenter: d.name,
			Type: "compute", State: "active", Location: d.place(), Metadata: map[string]string{}, CreatedAt: epoch, UpdatedAt: epoch,
		}
		w.pools[pool.ID] = pool
		for n := range allocatedEach + spareEach {
			m := d.machine(i, n, &types[n%len(types)])
			if n >= allocatedEach {
				d.spare[m.Type] = append(d.spare[m.Type], m)
				continue
			}
			m.Hostname, m.ServerPoolID, m.State = fmt.Sprintf("%s-host-%02d", d.name, n+1), pool.ID, []string{"in-use", "ready"}[n%2]
			m.Metadata, m.CreatedAt, m.UpdatedAt = map[string]string{}, epoch, epoch
			w.machines[m.ID] = m
		}
	}
	return w
}

// Change has f change a server, as a technician or a fault would; false if there
// is none with that id.
func (w *World) Change(id string, f func(*Machine)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.machines[id]
	if m == nil {
		return false
	}
	f(m)
	m.UpdatedAt = w.now()
	return true
}

// ChangePool has f change a pool; false if there is none with that id.
func (w *World) ChangePool(id string, f func(*Pool)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pools[id]
	if p == nil {
		return false
	}
	f(p)
	p.UpdatedAt = w.now()
	return true
}

// Machines tells of every allocated server, ordered by id.
func (w *World) Machines() []Machine {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.machinesLocked(func(*Machine) bool { return true })
}

// machinesLocked gives those that keep wants, as they are at this moment: health
// is checked all the time and memory in use moves.
func (w *World) machinesLocked(keep func(*Machine) bool) []Machine {
	var found []Machine
	now := w.now()
	for id, m := range w.machines {
		if ready, ok := w.readyAt[id]; ok && !now.Before(ready) {
			delete(w.readyAt, id)
			m.State, m.UpdatedAt = "ready", ready
		}
		if !keep(m) {
			continue
		}
		found = append(found, w.shownLocked(m))
	}
	slices.SortFunc(found, func(a, b Machine) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

func (w *World) shownLocked(m *Machine) Machine {
	now, shown := w.now(), *m
	shown.Metadata, shown.Storage, shown.Network = maps.Clone(m.Metadata), slices.Clone(m.Storage), slices.Clone(m.Network)
	shown.LastHealthCheck = now
	shown.Memory.AvailableGB = m.Memory.TotalGB - 16 - int(now.UnixNano()/int64(time.Millisecond)%32)
	return shown
}

// poolsLocked gives the pools of a site, of all if it is "", ordered by id.
func (w *World) poolsLocked(siteID string) []Pool {
	found := []Pool{}
	for _, p := range w.pools {
		if d := w.datacenterLocked(p.Datacenter); siteID == "" || d.site.ID == siteID {
			found = append(found, w.shownPoolLocked(p))
		}
	}
	slices.SortFunc(found, func(a, b Pool) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

func (w *World) shownPoolLocked(p *Pool) Pool {
	shown := *p
	shown.Metadata = maps.Clone(p.Metadata)
	for _, m := range w.machines {
		if m.ServerPoolID == p.ID {
			shown.ServerCount++
		}
	}
	for _, spare := range w.datacenterLocked(p.Datacenter).spare {
		shown.AvailableServers += len(spare)
	}
	return shown
}

func (w *World) datacenterLocked(name string) *datacenter {
	for _, d := range w.datacenters {
		if d.name == name {
			return d
		}
	}
	return nil
}
