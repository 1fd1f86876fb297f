package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/ports/audit"
)

// What is wrong with a record or a chain.
type What string

// The findings.
const (
	// Missing: a record, or a run of them, is not there.
	Missing What = "missing"
	// Altered: a record is not what was written, or does not follow the one before.
	Altered What = "altered"
	// HeadMissing: there are records, and their chain's head does not know of them.
	HeadMissing What = "head missing"
)

// Finding is one thing that is wrong.
type Finding struct {
	Writer string
	// Number is the record's; of several that are missing, the first one's.
	Number uint64
	What   What
	// Detail says it in words.
	Detail string
}

// Report is what Verify found.
type Report struct {
	Chains  int
	Records uint64
	// Findings are the first of them, Total is how many there are.
	Findings []Finding
	Total    int
}

// mostFindings bounds Report.Findings.
const mostFindings = 10_000

// errEnough ends a walk where its chain's head was.
var errEnough = errors.New("enough")

// Verify walks all chains of s, one record at a time. Processes may go on writing
// and purging meanwhile. An error means that it could not be read to its end; the
// report is of what was read.
func Verify(ctx context.Context, s audit.Store) (Report, error) {
	v := &verifier{store: s}
	chains, err := s.Chains(ctx)
	if err != nil {
		return v.report, fmt.Errorf("reading the audit log's chains: %w", err)
	}
	known := map[string]bool{}
	for _, c := range chains {
		known[c.Writer] = true
		if err := v.chain(ctx, c); err != nil {
			return v.report, err
		}
	}
	return v.report, v.strays(ctx, known)
}

type verifier struct {
	store  audit.Store
	report Report
}

func (v *verifier) found(writer string, number uint64, what What, format string, args ...any) {
	v.report.Total++
	if len(v.report.Findings) < mostFindings {
		v.report.Findings = append(v.report.Findings, Finding{Writer: writer, Number: number, What: what, Detail: fmt.Sprintf(format, args...)})
	}
}

// chain verifies one chain, and starts over where records were purged meanwhile.
func (v *verifier) chain(ctx context.Context, c audit.Chain) error {
	for {
		w := &walk{chain: c, last: c.Anchor}
		if err := w.run(ctx, v.store); err != nil {
			return err
		}
		if w.total > 0 || w.beyond > 0 {
			now, ok, err := v.again(ctx, c.Writer)
			if err != nil {
				return err
			}
			if ok && now.Anchor != c.Anchor {
				c = now
				continue
			}
			if w.beyond > 0 && (!ok || now.Head.Number < w.beyond) {
				w.found(w.beyond, HeadMissing, "the chain's head is number %d", now.Head.Number)
			}
		}
		v.report.Chains++
		v.report.Records += w.records
		v.report.Total += w.total
		if room := mostFindings - len(v.report.Findings); room > 0 {
			v.report.Findings = append(v.report.Findings, w.findings[:min(room, len(w.findings))]...)
		}
		return nil
	}
}

func (v *verifier) again(ctx context.Context, writer string) (audit.Chain, bool, error) {
	chains, err := v.store.Chains(ctx)
	if err != nil {
		return audit.Chain{}, false, fmt.Errorf("reading the audit log's chains again: %w", err)
	}
	for _, c := range chains {
		if c.Writer == writer {
			return c, true, nil
		}
	}
	return audit.Chain{}, false, nil
}

// strays looks for records whose writer has no chain.
func (v *verifier) strays(ctx context.Context, known map[string]bool) error {
	ask := audit.Query{Limit: page}
	told := map[string]bool{}
	for {
		records, err := v.store.Query(ctx, ask)
		if err != nil {
			return fmt.Errorf("looking for audit records without a chain: %w", err)
		}
		for i := range records {
			r := &records[i]
			if known[r.Writer] || told[r.Writer] {
				continue
			}
			told[r.Writer] = true
			_, ok, err := v.again(ctx, r.Writer) // a process may have begun meanwhile
			if err != nil {
				return err
			}
			if !ok {
				v.found(r.Writer, r.Number, HeadMissing, "there are records of this writer, and no chain")
			}
		}
		if len(records) < ask.Limit {
			return nil
		}
		ask.Before = cursorOf(&records[len(records)-1])
	}
}
