package delivery

import (
	"testing"
	"time"

	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/webhook"
)

func TestPolicyJudges(t *testing.T) {
	first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	tests := map[string]struct {
		attempts int           // made before
		began    time.Duration // after the first attempt
		failure  webhook.Failure
		chance   float64

		wantAttempts int
		wantWait     time.Duration // from the attempt's end, one second after it began
		wantDead     bool
	}{
		"the first failure":             {failure: webhook.Failure{Status: 500}, wantAttempts: 1, wantWait: time.Second},
		"the second":                    {attempts: 1, began: 2 * time.Second, wantAttempts: 2, wantWait: 2 * time.Second},
		"the third":                     {attempts: 2, began: 5 * time.Second, wantAttempts: 3, wantWait: 4 * time.Second},
		"jitter leaves the quick alone": {attempts: 2, began: 5 * time.Second, chance: 0.5, wantAttempts: 3, wantWait: 4 * time.Second},
		"the fourth backs off":          {attempts: 3, began: 10 * time.Second, chance: 0.5, wantAttempts: 4, wantWait: 4 * time.Second},
		"the fifth, twice as long":      {attempts: 4, began: time.Minute, chance: 0.5, wantAttempts: 5, wantWait: 8 * time.Second},
		"the eighth":                    {attempts: 7, began: time.Minute, chance: 0.5, wantAttempts: 8, wantWait: 64 * time.Second},
		"full jitter may be nothing":    {attempts: 7, began: time.Minute, chance: 0, wantAttempts: 8, wantWait: 0},
		"no longer than the cap":        {attempts: 900, began: time.Hour, chance: 0.5, wantAttempts: 901, wantWait: 150 * time.Second},
		"429 says when": {
			attempts: 5, began: time.Hour, failure: webhook.Failure{Status: 429, RetryAfter: 7 * time.Minute}, chance: 0.5,
			wantAttempts: 6, wantWait: 7 * time.Minute,
		},
		"503 says when": {failure: webhook.Failure{Status: 503, RetryAfter: 30 * time.Second}, wantAttempts: 1, wantWait: 30 * time.Second},
		"500 may not":   {failure: webhook.Failure{Status: 500, RetryAfter: 30 * time.Second}, wantAttempts: 1, wantWait: time.Second},
		"an hour at most": {
			failure: webhook.Failure{Status: 503, RetryAfter: day}, wantAttempts: 1, wantWait: time.Hour,
		},
		"no later than the end of its age": {
			attempts: 300, began: day - 11*time.Second, failure: webhook.Failure{Status: 503, RetryAfter: time.Minute},
			wantAttempts: 301, wantWait: 10 * time.Second,
		},
		"too old":              {attempts: 300, began: day - time.Second, wantAttempts: 301, wantDead: true},
		"held is no attempt":   {failure: webhook.Failure{Held: true, RetryAfter: 20 * time.Second}, wantWait: 20 * time.Second},
		"held, about to probe": {attempts: 4, began: time.Minute, failure: webhook.Failure{Held: true}, wantAttempts: 4, wantWait: 250 * time.Millisecond},
		"held and too old":     {attempts: 4, began: day, failure: webhook.Failure{Held: true, RetryAfter: time.Second}, wantAttempts: 4, wantDead: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			began := first.Add(tt.began)
			ended := began.Add(time.Second)
			d := &eventlog.Delivery{Entry: eventlog.Entry{Position: 7}, Attempts: tt.attempts}
			if tt.attempts > 0 {
				d.First = first
			}
			tt.failure.Reason = "it said so"
			want := eventlog.Failure{Position: 7, Attempts: tt.wantAttempts, Reason: "it said so", Dead: tt.wantDead}
			if tt.wantAttempts > 0 {
				want.First = first
			}
			if !tt.wantDead {
				want.Next = ended.Add(tt.wantWait)
			}
			if got := *(Policy{}).withDefaults().judge(d, began, ended, &tt.failure, tt.chance); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
