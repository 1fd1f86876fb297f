package eventlogtest

import (
	"testing"

	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
)

// Store is what the suite tests: one empty store.
type Store struct {
	Log eventlog.Log
	// Assignment hands out the fences that the log checks. It has no members.
	Assignment assignment.Assignment
	// States counts the states that the store keeps; nil if it cannot tell.
	States func(t *testing.T) int
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	groups := []struct {
		name  string
		cases []suiteCase
	}{
		{"guard", guardCases},
		{"told", toldCases},
		{"activation", activationCases},
		{"delivery", deliveryCases},
		{"failure", failureCases},
		{"dead letters", deadLetterCases},
		{"queue", queueCases},
		{"at once", concurrencyCases},
		{"model", modelCases},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(newFixture(t, open(t))) })
			}
		})
	}
}

type suiteCase struct {
	name string
	run  func(*fixture)
}
