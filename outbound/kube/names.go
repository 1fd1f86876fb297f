package kube

import (
	"sync"

	"github.com/netweave/netweave/core/o2"
)

// names knows the objects that are not named by their subscription's id.
type names struct {
	mu       sync.Mutex
	byID     map[o2.ID]string
	complete bool
}

// of returns the name of an object, "" if none is known; complete says that
// there is no other.
func (n *names) of(id o2.ID) (name string, complete bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byID[id], n.complete
}

func (n *names) add(r *resource) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byID == nil {
		n.byID = map[o2.ID]string{}
	}
	if id := r.id(); string(id) != r.Name {
		n.byID[id] = r.Name
	}
}

func (n *names) remove(r *resource) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.byID, r.id())
}

func (n *names) setComplete(complete bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.complete = complete
}
