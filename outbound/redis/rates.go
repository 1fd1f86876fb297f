package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/netweave/netweave/ports/ratelimit"
)

// rates hands out tokens by the server's clock. Nothing is lost with it: a
// failover fills buckets at most.
type rates struct{ *Store }

var _ ratelimit.Store = (*rates)(nil)

// Take is as in ratelimit.Store.
func (r *rates) Take(ctx context.Context, key string, rate ratelimit.Rate, want int) (got, left int, wait time.Duration, err error) {
	const doing = "taking tokens of a rate"
	perSecond := strconv.FormatFloat(max(rate.PerSecond, 0), 'g', -1, 64)
	answer, err := r.run(ctx, "rate-take", doing, key, perSecond, max(rate.Burst, 0), want)
	if err != nil {
		return 0, 0, 0, err
	}
	fields := list(answer)
	if len(fields) != 3 {
		return 0, 0, 0, odd(doing, answer)
	}
	left, err = strconv.Atoi(text(fields[1]))
	if err != nil {
		return 0, 0, 0, odd(doing, answer)
	}
	micros, err := strconv.ParseInt(text(fields[2]), 10, 64)
	if err != nil {
		return 0, 0, 0, odd(doing, answer)
	}
	return number(fields[0]), left, time.Duration(micros) * time.Microsecond, nil
}
