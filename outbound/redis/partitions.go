package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
)

// partitions shares partitions out by the server's clock.
type partitions struct{ *Store }

var _ assignment.Assignment = (*partitions)(nil)

// Join is as in assignment.Assignment.
func (p *partitions) Join(ctx context.Context, member string, ttl time.Duration) (assignment.Share, error) {
	const doing = "joining those who deliver"
	got, err := p.confirmed(ctx, "join", doing, member, ttl.Milliseconds(), random(), assignment.Partitions)
	if err != nil {
		return assignment.Share{}, err
	}
	fields := list(got)
	if len(fields) != 3 {
		return assignment.Share{}, odd(doing, got)
	}
	share := assignment.Share{Members: number(fields[0]), Excess: number(fields[1])}
	held := list(fields[2])
	for i := 0; i+1 < len(held); i += 2 {
		share.Held = append(share.Held, assignment.Held{Partition: number(held[i]), Fence: store.Token(text(held[i+1]))})
	}
	return share, nil
}

// Release is as in assignment.Assignment.
func (p *partitions) Release(ctx context.Context, member string, h assignment.Held) error {
	_, err := p.run(ctx, "release", "giving back partition "+strconv.Itoa(h.Partition), member, h.Partition, string(h.Fence))
	return err
}

// Leave is as in assignment.Assignment.
func (p *partitions) Leave(ctx context.Context, member string) error {
	_, err := p.run(ctx, "leave", "leaving those who deliver", member)
	return err
}
