package detection

import (
	"cmp"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// coalesce says which entries of a queue, given in order, can go and what stands
// in for them, so that about one is left for each object: from the oldest prior
// state to the newest post state. It stands where the last one stood. An object
// that ends as it began leaves none. Entries on either side of an EventResync are
// not joined, as the subscriber begins anew there.
//
// A joined entry has the sequence number of its last part and the first one's
// prior digest, so that its event's id is that of none of its parts. Where the
// last part has that prior digest itself, it is the joined entry already, and
// stays as it is. What an entry says depends on nothing but what its id is made
// of; that is why At is the last part's too.
//
// Dead letters that are queued again stay as they are, and those on either side
// of them apart: nobody knows whether the subscriber had received them once and
// leaves them out now. What is queued behind them holds in either case. It is
// marked as coalesced, and an entry so marked, whatever the reason, goes only
// into another one: where the run would leave none, or none that is marked, the
// entry stays and the run begins behind it.
func coalesce(entries []eventlog.Entry) (remove []uint64, put []eventlog.Entry) {
	runs := map[o2.ObjectKey]run{}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Type == o2.EventResync:
			for _, r := range runs {
				remove, put = r.end(remove, put)
			}
			clear(runs)
		case e.Sequence != e.Position:
			remove, put = runs[e.Object].end(remove, put)
			delete(runs, e.Object)
		default:
			runs[e.Object] = append(runs[e.Object], e)
		}
	}
	for _, r := range runs {
		remove, put = r.end(remove, put)
	}
	slices.Sort(remove)
	slices.SortFunc(put, func(a, b eventlog.Entry) int { return cmp.Compare(a.Position, b.Position) })
	return remove, put
}

// run is entries of one object that are to be joined, in order.
type run []*eventlog.Entry

// end joins the run.
func (r run) end(remove []uint64, put []eventlog.Entry) ([]uint64, []eventlog.Entry) {
	if len(r) < 2 {
		return remove, put
	}
	joined, ok, stays := r.join()
	if r[0].Coalesced && (!ok || stays) {
		if r = r[1:]; len(r) < 2 {
			return remove, put
		}
		joined, ok, stays = r.join()
	}
	last := len(r) - 1
	for _, e := range r[:last] {
		remove = append(remove, e.Position)
	}
	if stays {
		return remove, put
	}
	if ok {
		put = append(put, joined)
	}
	return append(remove, r[last].Position), put
}

// join returns what leads from before the run to after it; ok is false if that is
// nothing. stays says that it is the last entry itself.
func (r run) join() (joined eventlog.Entry, ok, stays bool) {
	last := r[len(r)-1]
	joined, ok = join(r[0], last)
	return joined, ok, ok && joined.Type == last.Type && joined.PriorDigest == last.PriorDigest
}

// join returns what leads from before first to after last. ok is false if that
// is nothing.
func join(first, last *eventlog.Entry) (joined eventlog.Entry, ok bool) {
	was, is := first.Type != o2.EventCreated, last.Type != o2.EventDeleted
	joined = *last
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
