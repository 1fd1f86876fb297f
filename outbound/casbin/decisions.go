package casbin

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
	"sync"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// question is all that a decision depends on while the directory stays as it is.
type question struct {
	home, user string
	// credentials are the roles that the credentials carry, in one text.
	credentials string
	request     authz.Request
}

// Bounds of what is kept: about 25 MB at the most.
const (
	shardCount  = 64
	shardLength = 2048
)

// decisions are the answers that were had under one epoch of the directory.
type decisions struct {
	epoch  uint64
	seed   maphash.Seed
	shards [shardCount]shard
}

type shard struct {
	mu    sync.RWMutex
	known map[question]scope.Reach
}

func newDecisions(epoch uint64) *decisions { return &decisions{epoch: epoch, seed: maphash.MakeSeed()} }

func (d *decisions) shard(user string) *shard {
	return &d.shards[maphash.String(d.seed, user)%shardCount]
}

// get returns a decision that was made before. It allocates nothing.
func (d *decisions) get(home string, sc scope.Scope, r authz.Request) (reach scope.Reach, known bool) {
	var room [128]byte
	credentials := joined(room[:0], sc.Roles())
	s := d.shard(sc.User())
	s.mu.RLock()
	defer s.mu.RUnlock()
	reach, known = s.known[question{home: home, user: sc.User(), credentials: string(credentials), request: r}]
	return reach, known
}

// put keeps a decision. A shard that is full starts anew: what is asked often is
// soon there again.
func (d *decisions) put(home string, sc scope.Scope, r authz.Request, reach scope.Reach) {
	// Copies, so that no request's buffers live as long as its decision.
	q := question{
		home: strings.Clone(home), user: strings.Clone(sc.User()), credentials: string(joined(nil, sc.Roles())),
		request: authz.Request{Resource: strings.Clone(r.Resource), Action: authz.Action(strings.Clone(string(r.Action)))},
	}
	s := d.shard(q.user)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= shardLength {
		s.known = map[question]scope.Reach{}
	}
	s.known[q] = reach
}

// joined appends names to b such that no two lists give the same.
func joined(b []byte, names []string) []byte {
	for _, n := range names {
		b = binary.AppendUvarint(b, uint64(len(n)))
		b = append(b, n...)
	}
	return b
}
