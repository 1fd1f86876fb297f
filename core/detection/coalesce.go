package detection

import (
	"cmp"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// coalesce says which entries of a queue, given in order, can go and what stands
// in for them, so that at most one is left for each object: from the oldest
// prior state to the newest post state. It stands where the last one stood. An
// object that ends as it began leaves none. Entries on either side of an
// EventResync are not joined, as the subscriber begins anew there.
//
// A joined entry has the sequence number of its last part and the first one's
// prior digest, so that its event's id is that of none of its parts. Where the
// last part has that prior digest itself, it is the joined entry already, and
// stays as it is. What an entry says depends on nothing but what its id is made
// of; that is why At is the last part's too.
func coalesce(entries []eventlog.Entry) (remove []uint64, put []eventlog.Entry) {
	for len(entries) > 0 {
		end := slices.IndexFunc(entries, func(e eventlog.Entry) bool { return e.Type == o2.EventResync })
		part := entries
		if end >= 0 {
			part, entries = entries[:end], entries[end+1:]
		} else {
			entries = nil
		}
		remove, put = coalescePart(part, remove, put)
	}
	slices.Sort(remove)
	slices.SortFunc(put, func(a, b eventlog.Entry) int { return cmp.Compare(a.Position, b.Position) })
	return remove, put
}

func coalescePart(entries []eventlog.Entry, remove []uint64, put []eventlog.Entry) ([]uint64, []eventlog.Entry) {
	byObject := make(map[o2.ObjectKey][]int, len(entries))
	for i := range entries {
		byObject[entries[i].Object] = append(byObject[entries[i].Object], i)
	}
	for _, places := range byObject {
		if len(places) == 1 {
			continue
		}
		first, last := entries[places[0]], entries[places[len(places)-1]]
		joined, something := join(first, last)
		if something && joined.PriorDigest == last.PriorDigest && joined.Type == last.Type {
			places = places[:len(places)-1] // the last one stays
		} else if something {
			put = append(put, joined)
		}
		for _, i := range places {
			remove = append(remove, entries[i].Position)
		}
	}
	return remove, put
}

// join returns what leads from before first to after last. ok is false if that
// is nothing.
func join(first, last eventlog.Entry) (joined eventlog.Entry, ok bool) {
	was, is := first.Type != o2.EventCreated, last.Type != o2.EventDeleted
	joined = last
	joined.Coalesced = true
	joined.Prior, joined.PriorDigest = first.Prior, first.PriorDigest
	switch {
	case !was && !is:
		return eventlog.Entry{}, false
	case !was:
		joined.Type, joined.Prior, joined.PriorDigest = o2.EventCreated, 0, o2.Digest{}
	case !is:
		joined.Type, joined.Post, joined.PostDigest = o2.EventDeleted, 0, o2.Digest{}
	case first.PriorDigest == last.PostDigest:
		return eventlog.Entry{}, false
	default:
		joined.Type = o2.EventModified
	}
	return joined, true
}
