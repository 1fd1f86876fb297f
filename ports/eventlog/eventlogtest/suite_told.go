package eventlogtest

import (
	"errors"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

var toldCases = []suiteCase{
	{"a commit draws one number a change, in order", func(f *fixture) {
		id := f.subscribe()
		f.put("gone", 1)
		before := f.guard.Sequence
		lengths := f.commit(
			f.change("a", f.object("a", 1), targets(o2.EventCreated, id)...),
			f.change("gone", nil, targets(o2.EventDeleted, id)...),
			f.change("b", f.object("b", 1)),
			f.change("c", f.object("c", 1), targets(o2.EventCreated, id)...),
		)
		f.equal("the sequence", f.guard.Sequence, before+4)
		f.equal("the lengths", lengths, map[o2.ID]int{id: 3})
		f.equal("what is told", f.walk(), map[string]string{
			"a": "2 a1 of owner of a", "b": "4 b1 of owner of b", "c": "5 c1 of owner of c",
		})
		f.wantQueue(id, "#2 created a ->2", "#3 deleted gone 1>-", "#5 created c ->5")
	}},
	{"told records are replaced and removed", func(f *fixture) {
		f.put("a", 1)
		f.put("b", 1)
		f.put("a", 2)
		f.remove("b")
		f.put("a", 1)
		f.equal("what is told", f.walk(), map[string]string{"a": "5 a1 of owner of a"})
		f.wantStates("without a queue", 1)
	}},
	{"what is deleted and made anew has a new number", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.remove("a", id)
		f.put("a", 1, id)
		f.wantQueue(id, "#1 created a ->1", "#2 deleted a 1>-", "#3 created a ->3")
	}},
	{"an object may change twice in one commit", func(f *fixture) {
		id := f.subscribe()
		first := f.change("a", f.object("a", 1), targets(o2.EventCreated, id)...)
		second := f.change("a", f.object("a", 2), targets(o2.EventModified, id)...)
		second.Prior, second.PriorDigest = f.guard.Sequence+1, first.PostDigest
		next, _, err := f.Log.Commit(f.ctx, f.guard, []eventlog.Change{first, second})
		f.must("Commit", err)
		f.guard = next
		f.equal("what is told", f.walk(), map[string]string{"a": "2 a2 of owner of a"})
		f.equal("what is delivered", f.deliver(id, 10), []string{"#1 created a ->1 ->a1", "#2 modified a 1>2 a1>a2"})
		f.wantStates("after delivery", 1)
	}},
	{"each target's entry has the states that its type has", func(f *fixture) {
		enters, stays, leaves := f.subscribe(), f.subscribe(), f.subscribe()
		f.put("a", 1)
		f.commit(f.change("a", f.object("a", 2),
			eventlog.Target{Subscription: enters, Type: o2.EventCreated},
			eventlog.Target{Subscription: stays, Type: o2.EventModified},
			eventlog.Target{Subscription: leaves, Type: o2.EventDeleted},
		))
		prior, post := f.object("a", 1).Head().StateDigest, f.object("a", 2).Head().StateDigest
		for _, c := range []struct {
			id          o2.ID
			prior, post o2.Digest
			want        string
		}{
			{enters, o2.Digest{}, post, "#2 created a ->2 ->a2"},
			{stays, prior, post, "#2 modified a 1>2 a1>a2"},
			{leaves, prior, o2.Digest{}, "#2 deleted a 1>- a1>-"},
		} {
			claim := f.claim(c.id, 10)
			f.equal("the claim", f.deliveries(claim.Deliveries), []string{c.want})
			f.equal("the prior digest", claim.Deliveries[0].PriorDigest, c.prior)
			f.equal("the post digest", claim.Deliveries[0].PostDigest, c.post)
			f.equal("the time", utc(claim.Deliveries[0].At), f.at)
		}
	}},
	{"a target that is not active is left out", func(f *fixture) {
		id, stranger := f.subscribe(), o2.DeriveID("subscriptions", "never active")
		lengths := f.commit(f.change("a", f.object("a", 1), targets(o2.EventCreated, stranger, id)...))
		f.equal("the lengths", lengths, map[o2.ID]int{id: 1})
		f.equal("the stranger's standing", f.standing(stranger), eventlog.Standing{})
		f.wantQueue(stranger)
	}},
	{"a state lives as long as someone refers to it", func(f *fixture) {
		one, two := f.subscribe(), f.subscribe()
		f.put("a", 1, one, two)
		f.put("a", 2, one, two)
		f.put("a", 3, two)
		f.wantStates("while two queues refer to them", 3)
		f.equal("what one is sent", f.deliver(one, 10), []string{"#1 created a ->1 ->a1", "#2 modified a 1>2 a1>a2"})
		f.wantStates("while the other queue refers to them", 3)
		f.equal("what two is sent first", f.deliver(two, 1), []string{"#1 created a ->1 ->a1"})
		f.wantStates("while the next entry refers to the first state", 3)
		f.equal("what two is sent next", f.deliver(two, 2), []string{"#2 modified a 1>2 a1>a2", "#3 modified a 2>3 a2>a3"})
		f.wantStates("when all is settled", 1)
		f.remove("a", one)
		f.wantStates("while the deletion is queued", 1)
		f.equal("what one is sent last", f.deliver(one, 1), []string{"#4 deleted a 3>- a3>-"})
		f.wantStates("when the object is gone and settled", 0)
	}},
	{"objects of every kind come back whole", func(f *fixture) {
		head := func(name string) o2.Header {
			return o2.Header{
				ID: o2.DeriveID("lab", name), NativeID: name, Backend: "lab", Tenant: "acme", Name: "a name: \u00e9\x00\xff",
				Description: "d", Extensions: `{"a":{"b":[1,"two",null]}}`,
			}
		}
		objects := []o2.Object{
			&o2.DeploymentManager{Header: head("dm"), OCloudID: "o", ServiceURI: "https://x", SupportedLocations: []string{"l", ""}, Capabilities: `{"c":"1"}`},
			&o2.ResourcePool{Header: head("pool"), OCloudID: "o", Location: "l", GlobalLocationID: "g"},
			&o2.Resource{Header: head("r"), ResourceTypeID: o2.NewID(), ResourcePoolID: o2.NewID(), ParentID: o2.NewID(), GlobalAssetID: "g", Tags: []string{"x"}},
			&o2.ResourceType{Header: head("t"), Vendor: "v", Model: "m", Version: "1", ResourceKind: o2.ResourceKindPhysical, ResourceClass: o2.ResourceClassCompute},
		}
		id := f.subscribe()
		var changes []eventlog.Change
		want := map[o2.ObjectKey]string{}
		for _, o := range objects {
			o2.Seal(o)
			key := o2.ObjectKey{Kind: o.Kind(), ID: o.Head().ID}
			want[key] = string(o2.Encode(o))
			changes = append(changes, eventlog.Change{
				Object: key, Post: &eventlog.State{Object: o, Owner: "acme"}, PostDigest: o.Head().StateDigest,
				At: start, Targets: targets(o2.EventCreated, id),
			})
		}
		f.commit(changes...)
		told, claimed := map[o2.ObjectKey]string{}, map[o2.ObjectKey]string{}
		f.must("WalkTold", f.Log.WalkTold(f.ctx, func(t eventlog.Told) error {
			told[o2.ObjectKey{Kind: t.Object.Kind(), ID: t.Object.Head().ID}] = string(o2.Encode(t.Object))
			f.equal("the owner", t.Owner, "acme")
			return nil
		}))
		for _, d := range f.claim(id, 10).Deliveries {
			claimed[d.Object] = string(o2.Encode(d.PostState))
		}
		f.equal("what is told", told, want)
		f.equal("what is claimed", claimed, want)
	}},
	{"a walk ends with the error of its function", func(f *fixture) {
		f.put("a", 1)
		f.put("b", 1)
		enough, calls := errors.New("enough"), 0
		err := f.Log.WalkTold(f.ctx, func(eventlog.Told) error {
			calls++
			return enough
		})
		f.wantError("WalkTold", err, enough)
		f.equal("the number of calls", calls, 1)
	}},
	{"a commit is whole when thousands of entries come of it", func(f *fixture) {
		var ids []o2.ID
		for range 40 {
			ids = append(ids, f.subscribe())
		}
		var changes []eventlog.Change
		for _, name := range numbered("object", 100) {
			changes = append(changes, f.change(name, f.object(name, 1), targets(o2.EventCreated, ids...)...))
		}
		lengths := f.commit(changes...)
		for _, id := range ids {
			f.equal("the length told", lengths[id], 100)
			f.equal("the length", f.standing(id).Length, 100)
		}
		f.wantStates("shared by 40 queues", 100)
	}},
}
