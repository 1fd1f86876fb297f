package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// question is one for all; why and server are as from judge, once it is done.
type question struct {
	about       map[string]bool // run ids
	done        chan struct{}
	server, why string
}

// kept asks whether what the replicas of the server with that run id have
// confirmed is kept, and returns "" or why that is not known.
func (s *sentinels) kept(ctx context.Context, server string) (why string) {
	s.mu.Lock()
	q := s.next
	if q == nil {
		q = &question{about: map[string]bool{}, done: make(chan struct{})}
		s.next = q
	}
	q.about[server] = true
	if !s.asking {
		s.asking = true
		s.done.Go(s.ask)
	}
	s.mu.Unlock()
	select {
	case <-q.done:
	case <-ctx.Done():
		return "nobody waits for the Sentinels: " + ctx.Err().Error()
	}
	if q.why == "" && q.server != server {
		return "the Sentinels have another master"
	}
	return q.why
}

// ask puts one question after the other while there are any.
func (s *sentinels) ask() {
	for {
		s.mu.Lock()
		q := s.next
		s.next = nil
		s.asking = q != nil
		s.mu.Unlock()
		if q == nil {
			return
		}
		q.server, q.why = s.answer(q.about)
		close(q.done)
	}
}

func (s *sentinels) answer(about map[string]bool) (server, why string) {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.WaitTimeout)
	defer cancel()
	got, err := s.collect()
	if len(got) > 0 && len(got) < s.number(got) && time.Since(s.searched) >= rediscover {
		s.searched = time.Now()
		if s.search(ctx) {
			got, err = s.collect()
		}
	}
	answers, looked := map[string]testimony{}, map[string]string{}
	for _, a := range got {
		id, known := looked[a.names]
		if !known {
			var lookErr error
			id, lookErr = s.run(ctx, a.names, about)
			looked[a.names], err = id, errors.Join(err, lookErr)
		}
		a.server = id
		answers[a.id] = a.testimony
		if _, known := s.votes[a.vote]; !known {
			maps.DeleteFunc(s.votes, func(v vote, _ time.Time) bool {
				return !slices.ContainsFunc(got, func(a says) bool { return a.vote == v })
			})
			s.votes[a.vote] = time.Now()
		}
	}
	server, why = judge(answers, len(s.config.Addresses), func(v vote) time.Duration { return time.Since(s.votes[v]) })
	if why != "" && err != nil {
		why = fmt.Sprintf("%s (%v)", why, err)
	}
	return server, why
}
