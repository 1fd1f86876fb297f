package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/audit"
)

// walk verifies the records of one chain in order.
type walk struct {
	chain audit.Chain
	// last is the link of the record before, at its time. doubted: something is
	// wrong with it already, so that what follows is not to be blamed for it.
	last    audit.Link
	at      time.Time
	doubted bool
	records uint64
	// beyond is the number of a record behind the head that the chain had.
	beyond uint64

	findings []Finding
	total    int
}

func (w *walk) found(number uint64, what What, format string, args ...any) {
	w.total++
	if len(w.findings) < mostFindings {
		w.findings = append(w.findings, Finding{Writer: w.chain.Writer, Number: number, What: what, Detail: fmt.Sprintf(format, args...)})
	}
}

func (w *walk) run(ctx context.Context, s audit.Store) error {
	err := s.Walk(ctx, w.chain.Writer, w.chain.Anchor.Number, func(r audit.Record) error {
		if r.Number > w.chain.Head.Number {
			w.beyond = r.Number
			return errEnough
		}
		w.look(&r)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("reading the audit chain %s: %w", w.chain.Writer, err)
	}
	head := w.chain.Head
	switch {
	case w.last.Number < head.Number:
		w.gap(w.last.Number+1, head.Number)
	case w.last.Number == head.Number && w.last.Hash != head.Hash && !w.doubted:
		w.found(head.Number, Altered, "the chain's head has another hash")
	}
	return nil
}

func (w *walk) look(r *audit.Record) {
	w.records++
	gap := false
	switch next := w.last.Number + 1; {
	case r.Number > next:
		w.gap(next, r.Number-1)
		gap = true
	case r.Number < next:
		w.found(r.Number, Altered, "it stands behind number %d", w.last.Number)
	}
	doubted := true
	switch {
	case hashOf(r) != r.Hash:
		w.found(r.Number, Altered, "its content does not have its hash")
	case r.Writer != w.chain.Writer:
		w.found(r.Number, Altered, "it is by another writer, %q", r.Writer)
	case !gap && !w.doubted && r.Previous != w.last.Hash:
		w.found(r.Number, Altered, "it does not follow number %d: one of the two was replaced", w.last.Number)
	case r.At.Before(w.at):
		w.found(r.Number, Altered, "its time lies before that of the record before it")
	case !json.Valid(r.Data):
		w.found(r.Number, Altered, "it is no entry")
	default:
		doubted = false
	}
	w.last, w.at, w.doubted = r.Link, r.At, doubted
}

func (w *walk) gap(first, last uint64) {
	if first == last {
		w.found(first, Missing, "it is not there")
		return
	}
	w.found(first, Missing, "numbers %d to %d are not there", first, last)
}
