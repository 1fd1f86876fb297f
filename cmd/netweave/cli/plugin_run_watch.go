package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// watchTrial prints what a plugin's watch tells until it is stopped.
func watchTrial(ctx context.Context, q *inquiry) error {
	if !slices.Contains(q.Capabilities(), wire.CapRealTimeEvents) {
		return fmt.Errorf("this plugin cannot watch: it lacks the capability %s, and a gateway polls its lists", wire.CapRealTimeEvents)
	}
	if err := q.Watch(ctx, &teller{q: q}); err != nil {
		return failure{"watch", err}
	}
	return nil
}

// teller prints the events of a watch: a snapshot by its counts, each change in
// a line. One goroutine calls it.
type teller struct {
	q        *inquiry
	begun    bool
	snapping bool
	counts   map[sdk.Kind]int
}

// Begin starts a snapshot.
func (t *teller) Begin(...sdk.Kind) error {
	t.begun, t.snapping, t.counts = true, true, map[sdk.Kind]int{}
	return nil
}

// Put counts the objects of a snapshot, and prints those that come later.
func (t *teller) Put(objects ...sdk.Object) error {
	if !t.begun {
		return sdk.Errorf(sdk.Internal, "an object before Begin: a watch begins with a snapshot (Begin, every object, Synced)")
	}
	for _, o := range objects {
		if t.snapping {
			t.counts[o.ObjectKind()]++
			continue
		}
		if err := t.print("put", o.ObjectKind(), o.Common().ID, viewOf(o)); err != nil {
			return err
		}
	}
	return nil
}

// Delete prints what is gone.
func (t *teller) Delete(kind sdk.Kind, ids ...string) error {
	for _, id := range ids {
		if err := t.print("delete", kind, id, nil); err != nil {
			return err
		}
	}
	return nil
}

// Synced prints the counts of the snapshot.
func (t *teller) Synced() error {
	if !t.snapping {
		return sdk.Errorf(sdk.Internal, "Synced without Begin: no snapshot is under way")
	}
	t.snapping = false
	if t.q.json {
		return json.NewEncoder(t.q.out).Encode(map[string]any{"event": "snapshot", "counts": t.counts})
	}
	var parts []string
	for _, k := range []sdk.Kind{sdk.KindDeploymentManager, sdk.KindResourceType, sdk.KindResourcePool, sdk.KindResource} {
		parts = append(parts, fmt.Sprintf("%d %s", t.counts[k], k))
	}
	_, err := fmt.Fprintf(t.q.out, "snapshot %s\n", strings.Join(parts, ", "))
	return err
}

func (t *teller) print(event string, kind sdk.Kind, id string, object any) error {
	if t.q.json {
		return json.NewEncoder(t.q.out).Encode(map[string]any{"event": event, "kind": kind, "id": id, "object": object})
	}
	line := fmt.Sprintf("%s %s %s", event, kind, oneLine(id))
	if v, ok := object.(view); ok {
		line = strings.Join(append([]string{event, string(kind)}, rowOf(v)...), " ")
	}
	_, err := fmt.Fprintln(t.q.out, line)
	return err
}
