//go:build !integration

package backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

// TestAnInstanceThatCannotBeUsedIsEnded has what follows a start fail.
func TestAnInstanceThatCannotBeUsedIsEnded(t *testing.T) {
	const run = `<RunInstancesResponse><instancesSet><item><instanceId>i-00000009</instanceId></item></instancesSet></RunInstancesResponse>`
	const started = "; the instance \"i-00000009\" was terminated again"
	for name, c := range map[string]struct {
		run, attach http.HandlerFunc
		state       string
		code        sdk.Code
		want        string
		ended       int
	}{
		"the answer is lost": {gone(503), ok(""), "running", sdk.Timeout, "starting an instance: AWS answered Service Unavailable; it may have been done all the same, so look before you ask again" + started, 1},
		"not taken":          {ok(run), gone(502), "running", sdk.Timeout, "putting the instance into its Auto Scaling group: AWS answered Bad Gateway; it may have been done all the same, so look before you ask again" + started, 1},
		"stopped by itself":  {ok(run), ok(""), "stopped", sdk.Unavailable, `the instance "i-00000009" was started and stopped again: see why in AWS` + started, 1},
		"never runs":         {ok(run), ok(""), "pending", sdk.Timeout, `the instance "i-00000009" did not run in time` + started, 1},
		"refused":            {refused("InsufficientInstanceCapacity"), ok(""), "running", sdk.Exhausted, "starting an instance: AWS answered InsufficientInstanceCapacity, no", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, b := newRegion(t, func() []string { return []string{"i-00000001"} })
			b.awaiting = 10 * time.Millisecond
			r.more = map[string]http.HandlerFunc{
				"RunInstances": c.run, "AttachInstances": c.attach,
				"TerminateInstances": ok(`<TerminateInstancesResponse><instancesSet/></TerminateInstancesResponse>`),
				"one":                ok(fmt.Sprintf(`<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-00000009</instanceId><instanceState><name>%s</name></instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>`, c.state)),
			}
			ctx, cancel := context.WithTimeout(t.Context(), undoing+300*time.Millisecond)
			defer cancel()
			_, err := b.CreateResource(ctx, &sdk.Resource{ResourcePoolID: "pool", ResourceTypeID: "m5.large"})
			e, isOurs := errors.AsType[*sdk.Error](err)
			if !isOurs || e.Code != c.code || e.Error() != c.want {
				t.Errorf("got %v\nwant %s: %s", err, c.code, c.want)
			}
			if n := r.asked["TerminateInstances"]; n != c.ended {
				t.Errorf("terminated %d times, want %d", n, c.ended)
			}
			if n := r.asked["RunInstances"]; n != 1 {
				t.Errorf("started %d times", n)
			}
		})
	}
}

func ok(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func gone(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html><body>gone</body></html>"))
	}
}

func refused(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(strings.ReplaceAll(`<Response><Errors><Error><Code>X</Code><Message>no</Message></Error></Errors></Response>`, "X", code)))
	}
}
