package detection

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// stateOf returns the canonical state of a letter; "-" is none.
func stateOf(letter string) (sequence uint64, digest o2.Digest) {
	if letter == "-" {
		return 0, o2.Digest{}
	}
	return uint64(letter[0]), o2.Digest{letter[0]}
}

// entries reads "1x-A 2xAB": position, object, prior and post state. "*" behind
// it is for coalesced, "!" for a dead letter that is queued again, and "3resync"
// is an EventResync.
func entries(t fataler, text string) []eventlog.Entry {
	t.Helper()
	var list []eventlog.Entry
	for word := range strings.FieldsSeq(text) {
		var e eventlog.Entry
		var rest string
		if _, err := fmt.Sscanf(word, "%d%s", &e.Position, &rest); err != nil {
			t.Fatalf("%q: %v", word, err)
		}
		e.Sequence, e.At = e.Position, time.Unix(int64(e.Position), 0)
		if rest == "resync" {
			e.Type = o2.EventResync
			list = append(list, e)
			continue
		}
		e.Object = o2.ObjectKey{Kind: o2.KindResource, ID: o2.ID(rest[:1])}
		e.Prior, e.PriorDigest = stateOf(rest[1:2])
		e.Post, e.PostDigest = stateOf(rest[2:3])
		switch {
		case e.Prior == 0:
			e.Type = o2.EventCreated
		case e.Post == 0:
			e.Type = o2.EventDeleted
		default:
			e.Type = o2.EventModified
		}
		e.Coalesced = strings.HasSuffix(rest, "*")
		if strings.HasSuffix(rest, "!") {
			e.Sequence = 1
		}
		list = append(list, e)
	}
	return list
}

// rewritten is a queue after entries were replaced.
func rewritten(queue []eventlog.Entry, remove []uint64, put []eventlog.Entry) []eventlog.Entry {
	left := slices.DeleteFunc(slices.Clone(queue), func(e eventlog.Entry) bool { return slices.Contains(remove, e.Position) })
	left = append(left, put...)
	slices.SortFunc(left, func(a, b eventlog.Entry) int { return int(a.Position) - int(b.Position) })
	return left
}

func TestCoalesce(t *testing.T) {
	for _, tt := range []struct{ name, queue, want string }{
		{"nothing", "", ""},
		{"different objects", "1x-A 2y-A 3zAB", "1x-A 2y-A 3zAB"},
		{"oldest prior, newest post", "1xAB 2xBC 3xCD", "3xAD*"},
		{"made and changed", "1x-A 2xAB", "2x-B*"},
		{"changed and gone", "1xAB 2xB-", "2xA-*"},
		{"made and gone", "1x-A 2xA-", ""},
		{"made, changed and gone", "1x-A 2xAB 3xB-", ""},
		{"changed and back", "1xAB 2xBA", ""},
		{"gone and made anew", "1xA- 2x-B", "2xAB*"},
		{"gone and made as it was", "1xA- 2x-A", ""},
		{"the last one says it all already", "1xAB 2xBA 3xAC", "3xAC"},
		{"made, gone, made", "1x-A 2xA- 3x-B", "3x-B"},
		{"gone, made, gone", "1xA- 2x-B 3xB-", "3xA-*"},
		{"in their places", "1xAB 2yAB 3z-A 4xBC 5yBC", "3z-A 4xAC* 5yAC*"},
		{"not across a new beginning", "1xAB 2xBC 3resync 4x-C 5xCD", "2xAC* 3resync 5x-D*"},
		{"not across a dead letter that is queued again", "1xAB 2xBC 3xAB! 4xBC* 5xCD", "2xAC* 3xAB! 5xBD*"},
		{"dead letters stay", "1xAB! 2xBC! 3yA-!", "1xAB! 2xBC! 3yA-!"},
		{"what holds in any case goes into another", "1xAB* 2xBC", "2xAC*"},
		{"and not to nothing", "1xAB* 2xBA", "1xAB* 2xBA"},
		{"and not into one that has no mark", "1x-A* 2xA- 3x-B", "1x-A* 3xAB*"},
		{"what follows it may", "1x-A* 2xAB 3xBC 4xC-", "1x-A* 4xA-*"},
		{"even to nothing", "1xAB* 2xBC 3xCB 4xBA", "1xAB* 4xBA"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			queue := entries(t, tt.queue)
			got, want := rewritten(queue, first(coalesce(queue)), second(coalesce(queue))), entries(t, tt.want)
			if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%+v, want\n%+v", got, want)
			}
		})
	}
}

func first(remove []uint64, _ []eventlog.Entry) []uint64       { return remove }
func second(_ []uint64, put []eventlog.Entry) []eventlog.Entry { return put }

// TestCoalescedIsEqual: coalescing any queue, in any portions, leads any copy that
// the queue fits to the same end, each event still follows from the one before,
// and an event's id says one thing, whichever way it came about. (Coalesced may
// differ from what an entry that was never claimed had.)
func TestCoalescedIsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := []string{"-", "A", "B", "C"}
		held := map[string]string{}
		for _, object := range []string{"x", "y"} {
			held[object] = rapid.SampledFrom(letters).Draw(t, "held")
		}
		begin := map[string]string{"x": held["x"], "y": held["y"]}
		text := ""
		for position := range rapid.IntRange(2, 12).Draw(t, "length") {
			object := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "object")
			others := slices.DeleteFunc(slices.Clone(letters), func(s string) bool { return s == held[object] })
			post := rapid.SampledFrom(others).Draw(t, "post")
			mark := rapid.SampledFrom([]string{"", "", "*"}).Draw(t, "mark")
			text += fmt.Sprintf("%d%s%s%s%s ", position+1, object, held[object], post, mark)
			held[object] = post
		}
		queue := entries(t, text)
		said := map[o2.ID]eventlog.Entry{}
		note := func(list []eventlog.Entry) {
			for _, e := range list {
				id := o2.EventID("i", e.Object, e.Sequence, e.PriorDigest, e.PostDigest, "s")
				before, ok := said[id]
				if ok && (before.Type != e.Type || !before.At.Equal(e.At)) {
					t.Fatalf("%s: one id says %+v and %+v", text, before, e)
				}
				said[id] = e
			}
		}
		note(queue)
		replay := func(queue []eventlog.Entry) {
			copied := map[string]o2.Digest{}
			for object, letter := range begin {
				_, copied[object] = stateOf(letter)
			}
			for _, e := range queue {
				object := string(e.Object.ID)
				if copied[object] != e.PriorDigest {
					t.Fatalf("%s: %+v does not follow", text, e)
				}
				copied[object] = e.PostDigest
			}
			for object, letter := range held {
				if _, want := stateOf(letter); copied[object] != want {
					t.Fatalf("%s: %s ends as %v, want %v", text, object, copied[object], want)
				}
			}
		}
		replay(queue)
		for range 3 {
			from := rapid.IntRange(0, len(queue)).Draw(t, "from")
			to := rapid.IntRange(from, len(queue)).Draw(t, "to")
			remove, put := coalesce(queue[from:to])
			note(put)
			queue = rewritten(queue, remove, put)
			replay(queue)
		}
		remove, put := coalesce(queue)
		if queue = rewritten(queue, remove, put); len(queue) > 4 {
			t.Fatalf("%s: %d entries are left for two objects", text, len(queue))
		}
	})
}

// fataler is what tests and properties have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}
