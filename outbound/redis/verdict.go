package redis

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// testimony is what one Sentinel says of the master.
type testimony struct {
	id     string // its own
	server string // run id of the server that it names as the master; "" if nobody could tell
	epoch  uint64 // of the configuration that it names it by
	// failing is that it runs a failover that has not brought forth a master yet.
	failing bool
	vote    vote
	others  int           // Sentinels that it knows beside itself
	timeout time.Duration // failover-timeout
}

// vote is whom a Sentinel let run a failover last; by is "" if it has forgotten.
type vote struct {
	by    string
	epoch uint64
}

// judge returns the run id of the server to which no failover had been decided
// against before the first of the questions was asked: what its replicas had
// confirmed by then outlives every failover. Otherwise it says what is missing.
//
// What WAIT confirms is lost if a replica without it becomes master. A Sentinel
// makes a replica master once most Sentinels have voted for it in an epoch, and
// chooses the replica after that. If that comes after the questions, a replica has
// the write already, and the one that has most is chosen. If it came before, then
// the Sentinel that was elected
//
//   - answers: it says that it runs a failover; or that it has given it up, which it
//     does for good; or it names the new master, under an epoch above ours.
//   - does not answer: of any majority that does, one has voted for it. That vote is
//     in an epoch above the configuration's until a failover succeeds, so it counts
//     against us for as long as the one who got it may use it.
//
// An operator's SENTINEL FAILOVER needs no votes: that is noticed by its Sentinel's
// own answer, and only by that.
//
// old tells how long a vote has been known. A Sentinel gives a failover up in less
// than twice the failover-timeout, after which others begin another.
func judge(answers map[string]testimony, configured int, old func(vote) time.Duration) (server, why string) {
	var top testimony
	all := configured
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		a := answers[id]
		if all = max(all, a.others+1); a.epoch >= top.epoch {
			top = a
		}
	}
	if len(answers) <= all/2 {
		return "", fmt.Sprintf("%d of %d Sentinels can be asked whether it is kept", len(answers), all)
	}
	agree := 0
	for _, a := range answers {
		if a.failing {
			return "", "a failover is under way"
		}
		_, answered := answers[a.vote.by]
		open := len(answers) < all && !answered && a.vote.epoch > top.epoch && old(a.vote) < 2*a.timeout
		if a.server == top.server && !open {
			agree++
		}
	}
	if top.server == "" {
		return "", "the master that the Sentinels name does not say who it is"
	}
	if agree <= all/2 {
		return "", fmt.Sprintf("%d of %d Sentinels agree on the master", agree, all)
	}
	return top.server, ""
}
