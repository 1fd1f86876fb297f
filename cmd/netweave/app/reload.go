package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/configuration"
)

// reload has a running gateway go by what its configuration's file says now.
//
// What was saved is read, checked as a whole and compared with what is in force. A
// file with a problem changes nothing. Of a good one everything hot takes effect, and
// the keys that need a restart are told.
type reload struct {
	s        *surroundings
	p        *parts
	server   *server
	log      *slog.Logger
	adapters *adaptersInForce
	metrics  *reloadMetrics
	told     *configuration.Service
	teller   *teller

	// inForce is what the process runs by, entries what that has.
	inForce *config.Config
	entries []config.Entry
	// waiting are the keys that need a restart, refused what was complained of last.
	waiting []string
	refused complaint
	// warned is what the last file deserved a warning for; read: there was one.
	warned []config.Problem
	read   bool
}

// complaint tells what was refused before from what was not.
type complaint struct {
	content [sha256.Size]byte
	text    string
}

// newReload makes what p and server are kept up to date by.
func newReload(s *surroundings, p *parts, server *server) *reload {
	log := s.logger("configuration")
	return &reload{
		s: s, p: p, server: server, log: log, adapters: newAdaptersInForce(p, s.config, log),
		metrics: s.reloads, told: p.configuration, teller: s.teller,
		inForce: s.config, entries: s.config.Entries(), warned: Notes(s.config),
	}
}

// run follows the file until ctx ends, and looks at once when now says so.
func (r *reload) run(ctx context.Context, now <-chan struct{}) error {
	take := func(data []byte, err error) bool { return r.take(ctx, data, err) }
	return config.NewFollower(r.s.config.Path, take).Run(ctx, now)
}

// take takes what the file holds. It returns false if that is to be tried again.
func (r *reload) take(ctx context.Context, data []byte, err error) bool {
	next, merged, problems := r.check(data, err)
	if len(problems) > 0 {
		r.refuse(complaint{content: sha256.Sum256(data)}, problems, "the configuration was refused: what was before stays in force")
		return false
	}
	entries := merged.Entries()
	changes := config.Diff(r.entries, entries)
	problems = r.adapters.apply(ctx, merged)
	problems = append(problems, applySettings(r.s, r.p, r.server, r.inForce, merged)...)
	r.tellWaiting(config.Cold(config.Diff(entries, next.Entries())))
	outcome := outcomeUnchanged
	if len(changes) > 0 {
		r.teller.inForce(merged, entries)
		outcome = outcomeApplied
		r.log.Info("the configuration has changed and is in force", "version", merged.Version(), "changes", summary(changes, r.entries, entries))
		r.inForce, r.entries = merged, entries
	}
	r.teller.waiting(r.waiting)
	if len(problems) > 0 {
		r.refuse(complaint{content: sha256.Sum256(data)}, problems, "a part of the configuration could not be put in force")
		return false
	}
	r.refused = complaint{}
	if first := !r.read; first && outcome == outcomeUnchanged {
		outcome = "" // it is what the process was started with
	}
	r.read = true
	r.metrics.succeeded(outcome)
	r.teller.failed(nil)
	r.told.Set(r.teller.state())
	return true
}

// check reads what the file holds, and makes of it what the process would run by. It
// logs what is worth a warning once nothing is wrong.
func (r *reload) check(data []byte, err error) (next, merged *config.Config, problems []config.Problem) {
	if err != nil {
		return nil, nil, []config.Problem{{Reason: err.Error()}}
	}
	next, err = config.Parse(r.s.config.Path, data, r.s.given.Overrides...)
	var invalid *config.Invalid
	switch {
	case errors.As(err, &invalid):
		return nil, nil, invalid.Problems
	case err != nil:
		return nil, nil, []config.Problem{{Reason: err.Error()}}
	}
	merged = r.inForce.WithHotOf(next)
	warnings, problems := checkReload(next, merged, r.adapters.runs)
	if len(problems) == 0 {
		r.warn(append(warnings, Notes(merged)...))
	}
	return next, merged, problems
}

// warn tells what is worth a warning and was not told the last time.
func (r *reload) warn(warnings []config.Problem) {
	for _, w := range warnings {
		told := slices.ContainsFunc(r.warned, func(k config.Problem) bool { return k.Key == w.Key && k.Reason == w.Reason })
		if !told {
			r.log.Warn("configuration", "key", w.Key, "line", w.Line, "reason", w.Reason)
		}
	}
	r.warned = warnings
}

// refuse tells of problems, each once for the same content.
func (r *reload) refuse(c complaint, problems []config.Problem, what string) {
	var text strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&text, p)
	}
	c.text = text.String()
	if c == r.refused {
		return
	}
	r.refused = c
	r.metrics.refused()
	for _, p := range problems {
		r.log.Error(what, "file", r.s.config.Path, "key", p.Key, "line", p.Line, "reason", p.Reason)
	}
	r.teller.failed(&failure{at: time.Now(), problems: problems})
	r.told.Set(r.teller.state())
}

// tellWaiting tells which keys need a restart, when they are others than before.
func (r *reload) tellWaiting(keys []string) {
	if len(keys) > 0 && !slices.Equal(keys, r.waiting) {
		r.log.Warn("the configuration has changes that need a restart", "keys", strings.Join(keys, ", "))
	}
	r.waiting = keys
}

// maxLogged bounds a line of the log.
const maxLogged = 20

// summary names what has changed, and no value.
func summary(changes []config.Change, before, after []config.Entry) string {
	added, removed, rest := config.ByAdapter(changes, before, after)
	var words []string
	for _, name := range added {
		words = append(words, "adapter "+name+" added")
	}
	for _, name := range removed {
		words = append(words, "adapter "+name+" removed")
	}
	for _, c := range rest {
		words = append(words, c.Key)
	}
	if more := len(words) - maxLogged; more > 0 {
		words = append(words[:maxLogged], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}
