package ratelimit

import (
	"strconv"
	"time"

	"github.com/netweave/netweave/ports/authz"
	tokens "github.com/netweave/netweave/ports/ratelimit"
)

// Class is a class of routes.
type Class uint8

// The classes.
const (
	// Read lists and reads.
	Read Class = iota
	// Write creates, updates and deletes.
	Write
	// Admin is all that the administration's routes do.
	Admin

	classes = 3
)

// String returns the class's name, as configuration and metrics have it.
func (c Class) String() string { return [classes]string{"read", "write", "admin"}[c] }

// ClassOf returns the class of a route outside the administration, by what it does.
func ClassOf(a authz.Action) Class {
	if a == authz.ActionList || a == authz.ActionRead {
		return Read
	}
	return Write
}

// Rate is how many requests there may be.
type Rate struct {
	// PerSecond is without a limit if 0.
	PerSecond int
	// Burst are as many at once; 0 is PerSecond.
	Burst int
}

// PerClass has a rate for each class.
type PerClass struct{ Read, Write, Admin Rate }

// Rates are all that is configured: each tenant's, and each user's within its
// tenant. The zero Rates limit nothing.
type Rates struct{ Tenant, User PerClass }

// leastIdle is how long a subject is remembered at the least.
const leastIdle = time.Minute

// plan is Rates made ready.
type plan struct {
	tenant, user [classes]limit
	unlimited    bool
	// idle is after what time without requests every bucket is full again.
	idle time.Duration
}

// limit is a Rate made ready.
type limit struct {
	rate   tokens.Rate
	header []string
	// batch is how many tokens are taken at once; below low the next are.
	batch, low int64
	// name is what the limit is called in answers.
	name string
}

func newPlan(r Rates) *plan {
	p := &plan{unlimited: true, idle: leastIdle}
	for class, pair := range [classes][2]Rate{{r.Tenant.Read, r.User.Read}, {r.Tenant.Write, r.User.Write}, {r.Tenant.Admin, r.User.Admin}} {
		for i, to := range []*limit{&p.tenant[class], &p.user[class]} {
			if pair[i].PerSecond <= 0 {
				continue
			}
			*to = newLimit(pair[i])
			to.name = [...]string{"tenant", "user"}[i] + "." + Class(class).String()
			p.unlimited = false
			refill := time.Duration(float64(to.rate.Burst) / to.rate.PerSecond * float64(time.Second))
			p.idle = max(p.idle, refill)
		}
	}
	return p
}

// batchesPerSecond: a batch lasts 50 ms at the full rate.
const batchesPerSecond = 20

func newLimit(r Rate) limit {
	if r.Burst <= 0 {
		r.Burst = r.PerSecond
	}
	batch := min(max(1, r.PerSecond/batchesPerSecond), r.Burst)
	return limit{
		rate:   tokens.Rate{PerSecond: float64(r.PerSecond), Burst: r.Burst},
		header: []string{strconv.Itoa(r.Burst)}, batch: int64(batch), low: int64(batch+1) / 2,
	}
}

func (l *limit) limits() bool { return l.rate.PerSecond > 0 }
