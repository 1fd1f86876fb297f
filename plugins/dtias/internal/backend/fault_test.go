package backend

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

func wantError(t *testing.T, err error, code sdk.Code, text string) {
	t.Helper()
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != code || e.Message != text {
		t.Errorf("got %v (%+v), want %s: %s", err, e, code, text)
	}
}

const (
	routeServers = "GET /inventory/servers"
	moved        = "listing the servers: "
	unreadable   = "listing the servers: DTIAS's answer cannot be read: unexpected EOF"
)

// TestAListIsWholeOrAnError has every fault last: the list fails each time, and
// says why.
func TestAListIsWholeOrAnError(t *testing.T) {
	for name, c := range map[string]struct {
		fault    dtias.Fault
		code     sdk.Code
		text     string
		requests int // for pages of the servers
	}{
		"a page short of one": {
			dtias.Fault{Kind: dtias.ShortPage}, sdk.Unavailable,
			moved + "page 5 is empty, and only 36 of 40 have come", 4 * 5,
		},
		"the same page again": {
			dtias.Fault{Kind: dtias.RepeatPage}, sdk.Unavailable,
			moved + `"srv-ams-dc1-001" came twice, again on page 2`, 4 * 2,
		},
		"no ids": {dtias.Fault{Kind: dtias.NoIDs}, sdk.Unavailable, moved + "page 1 has one without an id", 1},
		"other ids each time": {
			dtias.Fault{Kind: dtias.NewIDs}, sdk.Unavailable,
			"listing the servers: no two of 4 lists in a row had the same ids, so none is believed", 4 * 4,
		},
		"no list":     {dtias.Fault{Kind: dtias.NoList}, sdk.Unavailable, moved + "page 1 is empty, and only 0 of 40 have come", 4},
		"half a body": {dtias.Fault{Kind: dtias.Truncate}, sdk.Unavailable, unreadable, 4},
		"a body cut":  {dtias.Fault{Kind: dtias.Cut}, sdk.Unavailable, "listing the servers: no answer from DTIAS: unexpected EOF", 4},
		"an error in 200": {
			dtias.Fault{Kind: dtias.ErrorField}, sdk.Unavailable,
			"listing the servers: DTIAS answered with an error, PROVISIONING_FAILED: the inventory is being rebuilt", 1,
		},
		"a page for people": {
			dtias.Fault{Kind: dtias.Page}, sdk.Unavailable,
			`listing the servers: DTIAS's answer cannot be read (it is "text/html": is endpoint right, and no proxy between?): invalid character '<' looking for beginning of value`, 4,
		},
		// net/http itself tries once more where an old connection breaks.
		"no connection": {dtias.Fault{Kind: dtias.Reset}, sdk.Unavailable, "listing the servers: no answer from DTIAS: EOF", 1 + 4},
		"500": {
			dtias.Fault{Kind: dtias.Status, Status: 500, Message: "database away"}, sdk.Unavailable,
			"listing the servers: DTIAS answered 500, database away", 4,
		},
		"504": {dtias.Fault{Kind: dtias.Status, Status: 504}, sdk.Timeout, "listing the servers: DTIAS answered 504, Gateway Timeout", 4},
		"429": {
			dtias.Fault{Kind: dtias.Status, Status: 429, RetryAfter: "1"}, sdk.Throttled,
			"listing the servers: DTIAS answered 429, Too Many Requests", 4,
		},
		"a redirect": {
			dtias.Fault{Kind: dtias.Status, Status: 307}, sdk.Unavailable,
			"listing the servers: DTIAS answered 307, Temporary Redirect (endpoint must be where DTIAS itself answers)", 1,
		},
		"404 without a word": {
			dtias.Fault{Kind: dtias.Status, Status: 404}, sdk.Unavailable,
			"listing the servers: DTIAS answered 404, Not Found (is endpoint right?)", 1,
		},
		"404 with one": {
			dtias.Fault{Kind: dtias.Status, Status: 404, Code: "RESOURCE_NOT_FOUND", Message: "no"}, sdk.Unavailable,
			"listing the servers: DTIAS answered 404, RESOURCE_NOT_FOUND: no", 1,
		},
		"a hang": {dtias.Fault{Kind: dtias.Hang}, sdk.Timeout, "listing the servers: DTIAS did not answer within 100ms", 4},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			c.fault.Path = "/inventory/servers"
			l.fail(t, c.fault)
			cfg := l.config()
			cfg.PageSize, cfg.Timeout = 10, sdk.Duration(10*time.Second)
			if c.fault.Kind == dtias.Hang {
				cfg.Timeout = sdk.Duration(100 * time.Millisecond)
			}
			b := l.open(t, cfg)
			defer b.Close()
			ids, err := idsOf(b.ListResources(t.Context(), sdk.ListOptions{}))
			if len(ids) > 0 {
				t.Errorf("%d servers were listed", len(ids))
			}
			wantError(t, err, c.code, c.text)
			if n := l.Requests(routeServers); n != c.requests {
				t.Errorf("%d pages were asked for, want %d", n, c.requests)
			}
			l.Mend()
			if n := len(serverIDs(t, b)); n != 40 {
				t.Errorf("%d servers once the fault is over, want 40", n)
			}
		})
	}
}

func TestPoolsAreWholeOrAnError(t *testing.T) {
	for name, c := range map[string]struct {
		kind, text string
	}{
		"no ids":              {dtias.NoIDs, `listing the resource pools: one of them ("ams-dc1-compute") has no id`},
		"no list":             {dtias.NoList, "listing the resource pools: DTIAS's answer has no Rps"},
		"an error in 200":     {dtias.ErrorField, "listing the resource pools: DTIAS answered with an error, PROVISIONING_FAILED: the inventory is being rebuilt"},
		"half a body":         {dtias.Truncate, "listing the resource pools: DTIAS's answer cannot be read: unexpected EOF"},
		"other ids each time": {dtias.NewIDs, "listing the resource pools: no two of 4 lists in a row had the same ids, so none is believed"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			b := l.backend(t)
			if _, err := idsOf(b.ListResourcePools(t.Context(), sdk.ListOptions{})); err != nil {
				t.Fatal(err)
			}
			l.fail(t, dtias.Fault{Kind: c.kind})
			_, err := idsOf(b.ListResourcePools(t.Context(), sdk.ListOptions{}))
			wantError(t, err, sdk.Unavailable, c.text)
			_, err = idsOf(b.ListDeploymentManagers(t.Context(), sdk.ListOptions{}))
			wantError(t, err, sdk.Unavailable, c.text)
		})
	}
}

// TestReadsOutlastFaults has faults that are over before patience is.
func TestReadsOutlastFaults(t *testing.T) {
	for name, fault := range map[string]dtias.Fault{
		"500 thrice":        {Kind: dtias.Status, Status: 500, Times: 3},
		"503, busy":         {Kind: dtias.Status, Status: 503, RetryAfter: "2", Times: 2},
		"429 twice":         {Kind: dtias.Status, Status: 429, RetryAfter: "1", Times: 2},
		"a cut body":        {Kind: dtias.Cut, Times: 1},
		"half a body":       {Kind: dtias.Truncate, Times: 1},
		"a lost connection": {Kind: dtias.Reset, Times: 1},
		"a page short":      {Kind: dtias.ShortPage, Times: 1},
		"a page repeated":   {Kind: dtias.RepeatPage, Times: 1, Skip: 1},
		"half the servers":  {Kind: dtias.Half, Times: 1},
		"one list's ids":    {Kind: dtias.NewIDs, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			cfg := l.config()
			cfg.PageSize = 25
			b := l.open(t, cfg)
			defer b.Close()
			before := serverIDs(t, b)
			fault.Path = "/inventory/servers"
			l.fail(t, fault)
			if after := serverIDs(t, b); strings.Join(before, " ") != strings.Join(after, " ") {
				t.Errorf("%d servers, then %d: %v", len(before), len(after), after)
			}
		})
	}
}

// TestWritesAreSentOnce has each write fail in each way.
func TestWritesAreSentOnce(t *testing.T) {
	const doubt = "; it may have been done all the same, so look before you ask again"
	pool := "rp-ams-dc1-compute"
	writes := map[string]func(context.Context, *Backend) error{
		"POST /resourcepools": func(ctx context.Context, b *Backend) error {
			_, err := b.CreateResourcePool(ctx, &sdk.ResourcePool{Meta: sdk.Meta{Name: "new"}})
			return err
		},
		"PUT /resourcepools/{id}": func(ctx context.Context, b *Backend) error {
			_, err := b.UpdateResourcePool(ctx, &sdk.ResourcePool{Meta: sdk.Meta{ID: pool, Name: "renamed"}})
			return err
		},
		"DELETE /resourcepools/{id}": func(ctx context.Context, b *Backend) error {
			empty, err := b.CreateResourcePool(ctx, &sdk.ResourcePool{Meta: sdk.Meta{Name: "empty"}})
			if err != nil {
				return err
			}
			return b.DeleteResourcePool(ctx, empty.ID)
		},
		"POST /resources/allocate": func(ctx context.Context, b *Backend) error {
			_, err := b.CreateResource(ctx, &sdk.Resource{ResourcePoolID: pool, ResourceTypeID: "st-r660-core"})
			return err
		},
		"POST /resources/release": func(ctx context.Context, b *Backend) error { return b.DeleteResource(ctx, "srv-ams-dc1-001") },
	}
	for route, write := range writes {
		method, _, _ := strings.Cut(route, " ")
		for name, c := range map[string]struct {
			fault dtias.Fault
			code  sdk.Code
			text  string
		}{
			"500":   {dtias.Fault{Kind: dtias.Status, Status: 500}, sdk.Unavailable, "DTIAS answered 500, Internal Server Error"},
			"429":   {dtias.Fault{Kind: dtias.Status, Status: 429, RetryAfter: "1"}, sdk.Throttled, "DTIAS answered 429, Too Many Requests"},
			"reset": {dtias.Fault{Kind: dtias.Reset}, sdk.Timeout, "no answer from DTIAS: EOF" + doubt},
			"hang":  {dtias.Fault{Kind: dtias.Hang}, sdk.Timeout, "DTIAS did not answer within 100ms" + doubt},
			"401":   {dtias.Fault{Kind: dtias.Status, Status: 401, Code: "AUTH_FAILED", Message: "expired"}, sdk.Denied, "DTIAS answered 401, AUTH_FAILED: expired"},
			"failed": {
				dtias.Fault{Kind: dtias.Status, Status: 422, Code: "PROVISIONING_FAILED", Message: "PXE"},
				sdk.Unavailable, "DTIAS answered 422, PROVISIONING_FAILED: PXE",
			},
		} {
			t.Run(route+" "+name, func(t *testing.T) {
				l := newLab(t)
				cfg := l.config()
				if c.fault.Kind == dtias.Hang {
					cfg.Timeout = sdk.Duration(100 * time.Millisecond)
				}
				b := l.open(t, cfg)
				defer b.Close()
				c.fault.Method = method
				l.fail(t, c.fault)
				err := write(t.Context(), b)
				e, ok := errors.AsType[*sdk.Error](err)
				if !ok || e.Code != c.code || !strings.HasSuffix(e.Message, ": "+c.text) {
					t.Errorf("got %v, want %s: ...: %s", err, c.code, c.text)
				}
				if n := l.Requests(route); n != 1 {
					t.Errorf("it was sent %d times, want once", n)
				}
			})
		}
	}
}

func TestHealth(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	if err := b.Health(t.Context()); err != nil {
		t.Error(err)
	}
	l.fail(t, dtias.Fault{Kind: dtias.Status, Status: http.StatusServiceUnavailable, Times: 1})
	wantError(t, b.Health(t.Context()), sdk.Unavailable, "asking for DTIAS's version: DTIAS answered 503, Service Unavailable")
	l.fail(t, dtias.Fault{Kind: dtias.Hang, Times: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantError(t, b.Health(ctx), sdk.Timeout, "asking for DTIAS's version: DTIAS did not answer in time: context deadline exceeded")
	l.SetAPIKey("another")
	wantError(t, b.Health(t.Context()), sdk.Denied, "asking for DTIAS's version: DTIAS answered 401, AUTH_FAILED: the API key is unknown or has expired")
}
