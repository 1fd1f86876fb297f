package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
)

// keptTail is how many stored records are kept, for a store that forgets its
// latest in a failover.
const keptTail = 2048

// chain is where this process's records go on. Run's goroutine alone uses it.
type chain struct {
	// name is the process's, writer the chain's: the same unless somebody else used
	// that name.
	name, writer string
	renamed      int
	head         audit.Link
	at           time.Time
	// tail are the latest records that were stored, in order.
	tail []audit.Record
}

// link makes the next record. Times never go back within a chain: where the clock
// does, they stand still.
func (c *chain) link(e *auditlog.Entry) audit.Record {
	at := e.At.UTC().Truncate(time.Millisecond)
	if at.Before(c.at) {
		at = c.at
	}
	r := audit.Record{
		Writer: c.writer, Link: audit.Link{Number: c.head.Number + 1}, Previous: c.head.Hash,
		At: at, Tenant: bounded(e.Tenant, maxText), Data: encode(e),
	}
	r.Hash = hashOf(&r)
	c.head, c.at = r.Link, at
	return r
}

// stored remembers records that are in the store.
func (c *chain) stored(records []audit.Record) {
	c.tail = append(c.tail, records...)
	if extra := len(c.tail) - keptTail; extra > keptTail {
		c.tail = slices.Clone(c.tail[extra:])
	}
}

// missing returns which of the tail and the batch the store lacks, by the head
// that it has. ok is false if that head is none of ours: somebody else wrote.
func (c *chain) missing(head audit.Link, batch []audit.Record) (records []audit.Record, ok bool) {
	known := append(slices.Clone(c.tail), batch...)
	if head.Number == 0 {
		return known, len(known) == 0 || known[0].Number == 1
	}
	for i := range known {
		if known[i].Link == head {
			return known[i+1:], true
		}
	}
	return nil, false
}

// rename begins a chain of another name with the entries of batch.
func (c *chain) rename(batch []audit.Record) []audit.Record {
	c.renamed++
	c.writer = fmt.Sprintf("%s.%d", c.name, c.renamed)
	c.head, c.tail = audit.Link{}, nil
	moved := make([]audit.Record, len(batch))
	for i, r := range batch {
		r.Writer, r.Number, r.Previous = c.writer, c.head.Number+1, c.head.Hash
		r.Hash = hashOf(&r)
		c.head = r.Link
		moved[i] = r
	}
	return moved
}

// headOf returns the head of a writer's chain as the store has it.
func headOf(ctx context.Context, s audit.Store, writer string) (audit.Link, error) {
	chains, err := s.Chains(ctx)
	if err != nil {
		return audit.Link{}, fmt.Errorf("reading the head of the audit chain %s: %w", writer, err)
	}
	i, ok := slices.BinarySearchFunc(chains, writer, func(c audit.Chain, name string) int { return strings.Compare(c.Writer, name) })
	if !ok {
		return audit.Link{}, nil
	}
	return chains[i].Head, nil
}
