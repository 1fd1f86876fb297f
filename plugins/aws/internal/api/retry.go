package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/smithy-go"
)

// Retry tells how requests are tried again.
type Retry struct {
	// Attempts is how often a request is sent at most; 0 means 4.
	Attempts int
	// Longest is the longest pause between two; 0 means 3 seconds. Pauses grow,
	// and are of random length.
	Longest time.Duration
}

const (
	defaultAttempts = 4
	defaultLongest  = 3 * time.Second
)

func (r Retry) standard(o *retry.StandardOptions) {
	o.MaxAttempts, o.MaxBackoff = r.Attempts, r.Longest
	if o.MaxAttempts == 0 {
		o.MaxAttempts = defaultAttempts
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = defaultLongest
	}
}

// reads tries reads again after whatever may pass, and sends fewer requests a
// second for as long as AWS asks for fewer.
func (r Retry) reads() aws.RetryerV2 {
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, r.standard, func(o *retry.StandardOptions) {
			o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
				_, garbled := errors.AsType[*smithy.DeserializationError](err)
				if garbled {
					return aws.TrueTernary
				}
				return aws.UnknownTernary
			}))
		})
	})
}

// writes tries a write again only if AWS has refused it for being asked too much:
// it was not done then.
func (r Retry) writes() aws.RetryerV2 {
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, r.standard, func(o *retry.StandardOptions) {
			o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
				return aws.BoolTernary(throttled(err))
			})}
		})
	})
}

func throttled(err error) bool {
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	_, listed := retry.DefaultThrottleErrorCodes[e.ErrorCode()]
	return listed || slices.Contains([]string{"RequestThrottledException", "Throttled"}, e.ErrorCode())
}

// errHeld is the failure of a request that was not sent, since AWS had asked for
// fewer and the call's time ended first.
var errHeld = errors.New("held back")

// within is one call's retryer. It begins no pause which the call's time does not
// allow: the caller learns what was wrong, and not that the time was up.
type within struct {
	aws.RetryerV2
	until time.Time // zero: no limit
	last  error     // of the attempt before
}

func newWithin(ctx context.Context, r aws.RetryerV2) *within {
	until, _ := ctx.Deadline()
	return &within{RetryerV2: r, until: until}
}

// GetAttemptToken waits until a request may be sent.
func (w *within) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	release, err := w.RetryerV2.GetAttemptToken(ctx)
	switch {
	case err == nil || errors.Is(ctx.Err(), context.Canceled):
		return release, err
	case w.last != nil:
		return release, w.last
	default:
		return release, errHeld
	}
}

// RetryDelay returns the pause, or err itself if there is no time for it.
func (w *within) RetryDelay(attempt int, err error) (time.Duration, error) {
	w.last = err
	pause, failed := w.RetryerV2.RetryDelay(attempt, err)
	if failed == nil && !w.until.IsZero() && time.Until(w.until) <= pause {
		return 0, err
	}
	return pause, failed
}

// ec2With, asgWith and eksWith have a call use a retryer.
func ec2With(ctx context.Context, r aws.RetryerV2) func(*ec2.Options) {
	return func(o *ec2.Options) { o.Retryer = newWithin(ctx, r) }
}

func asgWith(ctx context.Context, r aws.RetryerV2) func(*autoscaling.Options) {
	return func(o *autoscaling.Options) { o.Retryer = newWithin(ctx, r) }
}

func eksWith(ctx context.Context, r aws.RetryerV2) func(*eks.Options) {
	return func(o *eks.Options) { o.Retryer = newWithin(ctx, r) }
}
