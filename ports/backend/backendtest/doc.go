// Package backendtest is the conformance suite of ports/backend: what the core
// relies on, whichever implementation it is given.
//
// An implementation's test makes a Fixture around a running backend and calls
// Run. Whatever the backend says it cannot do is checked to be refused; what it
// says it can do is done. Failures say in plain words what the core would have
// got wrong.
package backendtest

import (
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// Fixture is one backend under test and what the suite may do with it.
type Fixture struct {
	// Backend is running, and holds at least one object.
	Backend backend.Backend
	// NewPool makes a pool that the backend will accept; its name must differ
	// from call to call. Needed if the backend can create pools.
	NewPool func() *o2.ResourcePool
	// NewResource makes a resource that the backend will accept, with the native
	// ids of what it refers to. Needed if the backend can create resources.
	NewResource func() (*o2.Resource, backend.ResourceRefs)
	// Timeout bounds each wait; 10 s if it is 0.
	Timeout time.Duration
}

// Run runs the suite. open is called once for each test, so that tests do not
// see each other's changes; it cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, *checker)
	}{
		{"info is whole", checkInfo},
		{"a snapshot is whole and well-formed", checkSnapshot},
		{"snapshots of the same state are the same", checkRepeatable},
		{"an error of the sink ends a snapshot", checkSinkError},
		{"a cancelled snapshot ends", checkCancelledSnapshot},
		{"a watch starts with what a snapshot holds", checkWatchSnapshot},
		{"a cancelled watch ends", checkCancelledWatch},
		{"an error of the sink ends a watch", checkWatchSinkError},
		{"health is good", checkHealth},
		{"a cancelled call is the caller's", checkCancelledCall},
		{"what the backend cannot do is refused", checkUnsupported},
		{"a pool is created, changed and deleted", checkPools},
		{"a resource is created and deleted", checkResources},
		{"what does not exist is not found", checkNotFound},
		{"alarms are whole and name what is there", checkAlarms},
		{"calls may run at once", checkConcurrency},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			if f.Timeout == 0 {
				f.Timeout = 10 * time.Second
			}
			c.run(t, &checker{t: t, Fixture: f, name: f.Backend.Name()})
		})
	}
}
