//go:build integration

package convergence

import (
	"testing"

	"github.com/netweave/netweave/testdata/convergence/lab"
)

// planted are the guarantees that the protocol rests on, each with the source
// that gives it and the scenario that shows when it is gone.
var planted = []struct {
	fault    lab.Fault
	scenario scenario
}{
	{lab.Fault{Name: "told-record", Edits: []lab.Edit{{
		File:   "core/detection/load.go",
		Anchor: "t.told.put(record{r.Sequence, r.Object, r.Owner})\n",
		// A new leader takes what it sees for told.
		With: "if now, ok := t.follower.Lookup(o2.ObjectKey{Kind: r.Object.Kind(), ID: r.Object.Head().ID}); ok {\n" +
			"t.told.put(record{r.Sequence, o2.Canonical(now.Object), now.Owner})\n}\n",
	}}}, whileNobodyLooks},
	{lab.Fault{Name: "fencing", Edits: []lab.Edit{{
		File:   "outbound/redis/scripts/prelude.lua",
		Anchor: "if m[1] ~= fence then",
		With:   "if false then",
	}}}, lateCommit},
	{lab.Fault{Name: "replication-before-delivery", Edits: []lab.Edit{{
		File:   "outbound/redis/deliveries.go",
		Anchor: `l.confirmed(ctx, "claim", `,
		With:   `l.run(ctx, "claim", `,
	}}}, lostCommit},
	{lab.Fault{Name: "epoch-check", Edits: []lab.Edit{{
		File:   "outbound/redis/scripts/prelude.lua",
		Anchor: "if m[2] ~= epoch then",
		With:   "if false then",
	}}}, unheardSubscription},
}

// TestPlantedFaults runs each scenario twice: netweave as it is keeps its
// promises, and netweave without the guarantee does not, or the scenario would be
// blind.
func TestPlantedFaults(t *testing.T) {
	for _, p := range planted {
		t.Run(p.fault.Name, func(t *testing.T) {
			t.Run("sound", func(t *testing.T) {
				if err := p.scenario(t, ""); err != nil {
					t.Errorf("a promise is broken: %v", err)
				}
			})
			t.Run("planted", func(t *testing.T) {
				binary, err := p.fault.Build(root, t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				err = p.scenario(t, binary)
				if err == nil {
					t.Fatal("the scenario does not notice that the guarantee is gone")
				}
				t.Logf("as it should be, a promise is broken: %v", err)
			})
		})
	}
}
