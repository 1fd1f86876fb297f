package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// rediscover is how often Sentinels are looked for while some do not answer.
const rediscover = time.Second

// sentinels asks the Sentinels whether what replicas have confirmed is kept. One
// question, to all at once, is for all writes that had been confirmed before it.
type sentinels struct {
	config  Config
	connect func(address string, sentinel bool) *redis.Client
	ctx     context.Context
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu     sync.Mutex
	next   *question // not put yet
	asking bool
	all    []*sentinel

	// The others are of the goroutine that asks. votes tells since when each is known.
	runs     map[string]string // address → run id of the server there
	votes    map[vote]time.Time
	searched time.Time
}

func newSentinels(c Config, connect func(address string, sentinel bool) *redis.Client) *sentinels {
	s := &sentinels{config: c, connect: connect, runs: map[string]string{}, votes: map[vote]time.Time{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.gather(nil)
	return s
}

func (s *sentinels) close() error {
	s.stop()
	s.done.Wait()
	var errs []error
	for _, p := range s.all {
		errs = append(errs, p.client.Close())
	}
	return errors.Join(errs...)
}

// number is how many Sentinels there are, as far as is known.
func (s *sentinels) number(got []says) int {
	n := len(s.config.Addresses)
	for _, a := range got {
		n = max(n, a.others+1)
	}
	return n
}

// collect asks all Sentinels at once. One that did not answer the last time is
// waited for only if there is no majority without it, so that one that is gone
// delays a single question.
func (s *sentinels) collect() (got []says, err error) {
	type reply struct {
		says
		err      error
		expected bool
	}
	s.mu.Lock()
	replies := make(chan reply, len(s.all))
	waiting, expected := 0, 0
	for _, p := range s.all {
		if p.asked {
			continue
		}
		p.asked = true
		r := reply{expected: !p.away}
		waiting++
		if r.expected {
			expected++
		}
		s.done.Go(func() {
			ctx, cancel := context.WithTimeout(s.ctx, s.config.WaitTimeout)
			defer cancel()
			if r.says, r.err = p.ask(ctx, s.config.MasterName); r.err != nil {
				r.err = fmt.Errorf("sentinel %s: %w", p.address, r.err)
			}
			s.mu.Lock()
			p.asked, p.away = false, r.err != nil
			s.mu.Unlock()
			replies <- r
		})
	}
	s.mu.Unlock()
	for ; waiting > 0 && (expected > 0 || len(got) <= s.number(got)/2); waiting-- {
		r := <-replies
		if r.expected {
			expected--
		}
		if r.err != nil {
			err = errors.Join(err, r.err)
			continue
		}
		got = append(got, r.says)
	}
	return got, err
}

// search asks those that answer for others, and tells whether there are any.
func (s *sentinels) search(ctx context.Context) (more bool) {
	s.mu.Lock()
	all := slices.Clone(s.all)
	s.mu.Unlock()
	for _, p := range all {
		s.mu.Lock()
		away := p.away || p.asked
		s.mu.Unlock()
		if away {
			continue
		}
		if found, err := p.fellows(ctx, s.config.MasterName); err == nil {
			return s.gather(found)
		}
	}
	return false
}

// gather makes the Sentinels those that are configured and those that were found,
// and tells whether there are new ones.
func (s *sentinels) gather(found []string) (more bool) {
	addresses := append(slices.Clone(s.config.Addresses), found...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(p *sentinel) bool {
		gone := p.away && !slices.Contains(addresses, p.address)
		if gone {
			_ = p.client.Close() // it does not answer anyway
		}
		return gone
	})
	for _, a := range addresses {
		if !slices.ContainsFunc(s.all, func(p *sentinel) bool { return p.address == a }) {
			s.all = append(s.all, &sentinel{address: a, client: s.connect(a, true)})
			more = true
		}
	}
	return more
}

// run returns the run id of the server at an address. It looks anew if it knows
// one that is not asked about: another process may be there by now.
func (s *sentinels) run(ctx context.Context, address string, about map[string]bool) (string, error) {
	if id := s.runs[address]; about[id] {
		return id, nil
	}
	client := s.connect(address, false)
	text, err := client.Info(ctx, "server").Result()
	if err = errors.Join(err, client.Close()); err != nil {
		return "", fmt.Errorf("master %s: %w", address, err)
	}
	id := parseInfo(text)["run_id"]
	s.runs[address] = id
	return id, nil
}
