package embedded

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
)

// partitions shares partitions out within the process. It needs no file: fences
// are of this process's life alone, and nobody holds anything before it begins.
type partitions struct {
	mu      sync.Mutex
	members map[string]time.Time
	holders [assignment.Partitions]holder
}

// holder has a partition; the zero holder is nobody.
type holder struct {
	member string
	fence  store.Token
}

var _ assignment.Assignment = (*partitions)(nil)

// Join is as in assignment.Assignment.
func (p *partitions) Join(_ context.Context, member string, ttl time.Duration) (assignment.Share, error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, until := range p.members {
		if !until.After(now) {
			p.end(name)
		}
	}
	if p.members == nil {
		p.members = map[string]time.Time{}
	}
	p.members[member] = now.Add(ttl)
	fair := (assignment.Partitions + len(p.members) - 1) / len(p.members)
	return p.take(member, fair), nil
}

// take gives a member free partitions up to its fair share; p.mu is held.
func (p *partitions) take(member string, fair int) assignment.Share {
	share := assignment.Share{Members: len(p.members)}
	free := fair
	for _, h := range p.holders {
		if h.member == member && h.fence != "" {
			free--
		}
	}
	share.Excess = max(0, -free)
	for i := range p.holders {
		h := &p.holders[i]
		if h.fence == "" && free > 0 {
			*h = holder{member, newToken()}
			free--
		}
		if h.fence != "" && h.member == member {
			share.Held = append(share.Held, assignment.Held{Partition: i, Fence: h.fence})
		}
	}
	return share
}

// end ends a membership; p.mu is held.
func (p *partitions) end(member string) {
	delete(p.members, member)
	for i := range p.holders {
		if p.holders[i].member == member {
			p.holders[i] = holder{}
		}
	}
}

// Release is as in assignment.Assignment.
func (p *partitions) Release(_ context.Context, member string, h assignment.Held) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holders[h.Partition] == (holder{member, h.Fence}) {
		p.holders[h.Partition] = holder{}
	}
	return nil
}

// Leave is as in assignment.Assignment.
func (p *partitions) Leave(_ context.Context, member string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(member)
	return nil
}

// check returns store.ErrFenced, wrapped, unless h is held.
func (p *partitions) check(h assignment.Held) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h.Partition < 0 || h.Partition >= assignment.Partitions || h.Fence == "" || p.holders[h.Partition].fence != h.Fence {
		return fmt.Errorf("partition %d: %w", h.Partition, store.ErrFenced)
	}
	return nil
}
