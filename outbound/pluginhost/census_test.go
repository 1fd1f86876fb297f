package pluginhost

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func TestCensus(t *testing.T) {
	const small = 10
	type step struct {
		do    string // begin, begin pools, synced, abandon, remove, or the ids to add
		bytes int
		want  room
	}
	add := func(ids string, want room) step { return step{ids, small, want} }
	mark := func(do string) step { return step{do: do} }
	for name, tc := range map[string]struct {
		steps      []step
		held, live int
	}{
		"as many as there may be, told again": {
			[]step{mark("begin"), add("abcab", roomFor), mark("synced")}, 3, 3,
		},
		"one too many": {
			[]step{mark("begin"), add("abc", roomFor), add("d", overfull)}, 3, 3,
		},
		"room after a delete, told twice": {
			[]step{mark("begin"), add("abc", roomFor), mark("synced"), mark("-a"), mark("-a"), add("d", roomFor), add("e", overfull)}, 3, 3,
		},
		"a snapshot of others": {
			[]step{mark("begin"), add("abc", roomFor), mark("synced"), mark("begin"), add("xyz", roomFor), add("w", overfull), mark("synced")}, 3, 3,
		},
		"a snapshot of another kind removes none": {
			[]step{mark("begin"), add("abc", roomFor), mark("synced"), mark("begin pools"), add("d", overfull), mark("synced")}, 3, 3,
		},
		"too large together": {
			[]step{mark("begin"), {"a", 900, roomFor}, {"b", 101, overfull}, {"b", 100, roomFor}, mark("synced")}, 2, 2,
		},
		"one that grows": {
			[]step{mark("begin"), {"a", 500, roomFor}, mark("synced"), {"b", 500, roomFor}, {"a", 501, overfull}, {"a", 400, roomFor}, {"b", 600, roomFor}}, 2, 2,
		},
		"a snapshot that repeats one object for ever": {
			[]step{mark("begin"), add("aaaaaa", roomFor), add("a", overfull)}, 1, 1,
		},
		"a snapshot that repeats a delete for ever": {
			[]step{mark("begin"), mark("-a"), mark("-a"), mark("-a"), mark("-a"), mark("-a"), mark("-a"), {do: "-a", want: overfull}}, 0, 0,
		},
		"changes after a snapshot are no repetition": {
			[]step{mark("begin"), add("a", roomFor), mark("synced"), add("aaaaaaaaaaaaaaaa", roomFor)}, 1, 1,
		},
		"a first snapshot that was given up leaves nothing": {
			[]step{mark("begin"), add("abc", roomFor), mark("abandon"), mark("begin"), add("xyz", roomFor), mark("abandon")}, 0, 0,
		},
		"later ones that were given up do": {
			[]step{
				mark("begin"), add("abc", roomFor), mark("synced"),
				mark("begin"), add("def", roomFor), mark("abandon"),
				mark("begin"), add("g", noRoom), add("a", roomFor), mark("abandon"),
			}, 6, 6,
		},
		"until one is whole": {
			[]step{
				mark("begin"), add("abc", roomFor), mark("synced"),
				mark("begin"), add("def", roomFor), mark("abandon"),
				mark("begin"), add("xyz", noRoom), mark("synced"),
				mark("begin"), add("xyz", roomFor), mark("synced"),
			}, 3, 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCensus(burden{objects: 3, bytes: 1000})
			for i, s := range tc.steps {
				where := fmt.Sprintf("step %d, %s", i, s.do)
				switch {
				case s.do == "begin":
					c.begin(o2.AllKinds)
				case s.do == "begin pools":
					c.begin(o2.SetOf(o2.KindResourcePool))
				case s.do == "synced":
					c.synced()
				case s.do == "abandon":
					c.abandon()
				case s.do[0] == '-':
					if got := c.remove(o2.KindResource, o2.ID(s.do[1:])); got != s.want {
						t.Errorf("%s: got %d, want %d", where, got, s.want)
					}
				default:
					for _, id := range s.do {
						if got := c.add(o2.KindResource, o2.ID(id), s.bytes); got != s.want {
							t.Errorf("%s: %c: got %d, want %d", where, id, got, s.want)
						}
					}
				}
			}
			if len(c.seen) != tc.held || c.held.objects != tc.held || c.live.objects != tc.live {
				t.Errorf("%d are known, %d held and %d live, want %d held and %d live", len(c.seen), c.held.objects, c.live.objects, tc.held, tc.live)
			}
			bytes := 0
			for _, r := range c.seen {
				bytes += int(r.bytes)
			}
			if c.held.bytes != bytes {
				t.Errorf("%d bytes are counted, want %d", c.held.bytes, bytes)
			}
		})
	}
}
