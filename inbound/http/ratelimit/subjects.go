package ratelimit

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// key names a subject: a user of a tenant, or the tenant, which has no user.
type key struct{ tenant, user string }

// bucket returns the name of a bucket in the store. Tenants' ids have no colon.
func (k key) bucket(c Class) string {
	name := c.String() + ":" + k.tenant
	if k.user != "" {
		name += ":" + k.user
	}
	return name
}

// subject is one whose requests are counted.
type subject struct {
	plan    *plan
	buckets [classes]bucket
	// used is when it last asked, in Unix seconds.
	used atomic.Int64
}

// shards keep subjects apart, so that requests seldom wait for each other.
const shards = 64

type shard struct {
	mu       sync.RWMutex
	subjects map[key]*subject
	swept    time.Time
}

var seed = maphash.MakeSeed()

// subject returns the key's subject under that plan.
func (l *Limiter) subject(k key, p *plan, now time.Time) *subject {
	sh := &l.shards[maphash.Comparable(seed, k)%shards]
	sh.mu.RLock()
	s := sh.subjects[k]
	sh.mu.RUnlock()
	if s == nil || s.plan != p {
		s = sh.add(k, p, now, max(1, l.config.Subjects/shards))
	}
	if second := now.Unix(); s.used.Load() != second {
		s.used.Store(second)
	}
	return s
}

// add makes the subject, and makes room for it: those are forgotten that have
// asked for nothing for so long that their buckets are full again.
func (sh *shard) add(k key, p *plan, now time.Time, most int) *subject {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s := sh.subjects[k]; s != nil && s.plan == p {
		return s
	}
	if sh.subjects == nil {
		sh.subjects = map[key]*subject{}
	}
	if now.Sub(sh.swept) > leastIdle {
		sh.swept = now
		oldest := now.Add(-p.idle).Unix()
		for other, s := range sh.subjects {
			if s.used.Load() < oldest {
				delete(sh.subjects, other)
			}
		}
	}
	if len(sh.subjects) >= most {
		sh.evict()
	}
	s := &subject{plan: p}
	s.used.Store(now.Unix())
	limits := &p.tenant
	if k.user != "" {
		limits = &p.user
	}
	for c := range s.buckets {
		s.buckets[c].fill(&limits[c], k, Class(c))
	}
	sh.subjects[k] = s
	return s
}

// glance is how many subjects are looked at for one that can be forgotten.
const glance = 16

func (sh *shard) evict() {
	var (
		idlest key
		used   int64
		seen   int
	)
	for k, s := range sh.subjects {
		if at := s.used.Load(); seen == 0 || at < used {
			idlest, used = k, at
		}
		if seen++; seen == glance {
			break
		}
	}
	delete(sh.subjects, idlest)
}
