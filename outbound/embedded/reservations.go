package embedded

import (
	"fmt"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// reservations are what is reserved of quotas; s.mu guards them.
type reservations struct {
	open map[string]map[store.Token]*reservation
	// versions are those of what tenants have, drawn when first asked for.
	versions map[string]store.Token
	// settled has those that were settled, until when they are remembered.
	settled map[reservationKey]time.Time
	// sweepAt is how many are remembered when those are looked for that need not be.
	sweepAt int
}

type reservationKey struct {
	tenant string
	token  store.Token
}

type reservation struct {
	amounts o2.Amounts
	until   time.Time
	// settling counts who is about to settle it: it does not end meanwhile.
	settling int
}

// leastSwept is how many are remembered at least.
const leastSwept = 1024

func (r *reservations) clear() {
	*r = reservations{
		open: map[string]map[store.Token]*reservation{}, versions: map[string]store.Token{},
		settled: map[reservationKey]time.Time{}, sweepAt: leastSwept,
	}
}

// renew gives a tenant's usage a new version.
func (r *reservations) renew(tenant string) { r.versions[tenant] = newToken() }

// reserved returns what is reserved, and forgets what has ended by itself.
func (r *reservations) reserved(tenant string, now time.Time) (sum o2.Amounts) {
	for token, one := range r.open[tenant] {
		if one.settling == 0 && !one.until.After(now) {
			r.end(reservationKey{tenant, token})
			continue
		}
		sum = total(sum, one.amounts)
	}
	return sum
}

func (r *reservations) add(tenant string, amounts o2.Amounts, hold time.Duration, now time.Time) store.Token {
	// The token tells how long it is to be remembered once it is settled.
	token := store.Token(fmt.Sprintf("%s %s", newToken(), hold))
	if r.open[tenant] == nil {
		r.open[tenant] = map[store.Token]*reservation{}
	}
	r.open[tenant][token] = &reservation{amounts: amounts, until: now.Add(hold)}
	return token
}

// end ends a reservation, if it has not ended yet.
func (r *reservations) end(key reservationKey) (ended bool) {
	if r.open[key.tenant][key.token] == nil {
		return false
	}
	delete(r.open[key.tenant], key.token)
	if len(r.open[key.tenant]) == 0 {
		delete(r.open, key.tenant)
	}
	return true
}

// settle ends a reservation, and remembers for as long as its hold was that it was
// settled.
func (r *reservations) settle(key reservationKey, now time.Time) {
	r.end(key)
	_, text, _ := strings.Cut(string(key.token), " ")
	hold, err := time.ParseDuration(text)
	if err != nil {
		return // it is no token of ours
	}
	if len(r.settled) >= r.sweepAt {
		for old, until := range r.settled {
			if !until.After(now) {
				delete(r.settled, old)
			}
		}
		r.sweepAt = max(leastSwept, 2*len(r.settled))
	}
	r.settled[key] = now.Add(hold)
}

func (r *reservations) isSettled(key reservationKey, now time.Time) bool {
	return r.settled[key].After(now)
}

// pin keeps a reservation from ending by itself until it is let go.
func (r *reservations) pin(key reservationKey, by int) {
	if one := r.open[key.tenant][key.token]; one != nil {
		one.settling += by
	}
}
