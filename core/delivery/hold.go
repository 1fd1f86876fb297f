package delivery

import (
	"sync"

	"github.com/netweave/netweave/core/o2"
)

// holds knows the subscriptions whose notifications wait since their tenant's are
// held: they are due all the time, and are not claimed again to find out that they
// still wait. What it has forgotten is found out anew.
type holds struct {
	held func(tenant string) bool

	mu      sync.Mutex
	waiting map[o2.ID]string // to the tenant
}

func newHolds(held func(tenant string) bool) *holds {
	return &holds{held: held, waiting: map[o2.ID]string{}}
}

// keep reports whether a tenant's notifications are held. What has no tenant is
// the platform's.
func (h *holds) keep(tenant string) bool { return h.held != nil && tenant != "" && h.held(tenant) }

// add notes that a subscription waits.
func (h *holds) add(id o2.ID, tenant string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting[id] = tenant
}

// forget notes that a subscription has changed or ended.
func (h *holds) forget(id o2.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waiting, id)
}

// count returns how many wait.
func (h *holds) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.waiting)
}

// free returns those of the subscriptions that are due which do not wait, or no
// longer. If they are all that are due, those that wait for nothing are forgotten.
func (h *holds) free(due []o2.ID, all bool) []o2.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiting) == 0 {
		return due
	}
	free, waiting := make([]o2.ID, 0, len(due)), make(map[o2.ID]string)
	for _, id := range due {
		switch tenant, waits := h.waiting[id]; {
		case waits && h.keep(tenant):
			waiting[id] = tenant
		case waits:
			delete(h.waiting, id)
			free = append(free, id)
		default:
			free = append(free, id)
		}
	}
	if all {
		h.waiting = waiting
	}
	return free
}
