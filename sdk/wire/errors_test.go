package wire_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netweave/netweave/sdk"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
	"github.com/netweave/netweave/sdk/wire"
)

// Every code with its own source and with another arrives as it left.
func TestErrorsCrossTheWire(t *testing.T) {
	all := []sdk.Code{
		sdk.NotFound, sdk.Conflict, sdk.Invalid, sdk.Unsupported, sdk.Denied,
		sdk.Exhausted, sdk.Throttled, sdk.Unavailable, sdk.Timeout, sdk.Internal,
	}
	var next error
	b := open(t, &reader{health: func(context.Context) error { return next }})
	for _, code := range all {
		for _, source := range []sdk.Source{"", sdk.SourceCaller, sdk.SourceBackend, sdk.SourcePlugin} {
			returned := &sdk.Error{Code: code, Source: source, Message: "what happened to " + string(code), Err: errors.New("secret")}
			next = returned
			want := sdk.Error{Code: code, Source: source, Message: "what happened to " + string(code)}
			if source == "" {
				want.Source = code.Source()
			}
			got, ok := errors.AsType[*sdk.Error](b.Health(t.Context()))
			if !ok || *got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if back := wire.FromStatus(wire.ToStatus(returned)); *back != want {
				t.Errorf("ToStatus and FromStatus: got %+v, want %+v", back, want)
			}
		}
	}
}

func TestPlainErrors(t *testing.T) {
	var next error
	b := open(t, &reader{health: func(context.Context) error { return next }})
	for name, tc := range map[string]struct {
		err  error
		want sdk.Error
	}{
		"plain":             {errors.New("boom"), sdk.Error{Code: sdk.Internal, Source: sdk.SourcePlugin, Message: "boom"}},
		"wrapped":           {fmt.Errorf("while reading: %w", sdk.Errorf(sdk.Throttled, "slow down")), sdk.Error{Code: sdk.Throttled, Source: sdk.SourceBackend, Message: "slow down"}},
		"own deadline":      {fmt.Errorf("get: %w", context.DeadlineExceeded), sdk.Error{Code: sdk.Timeout, Source: sdk.SourceBackend, Message: "get: context deadline exceeded"}},
		"socket's deadline": {os.ErrDeadlineExceeded, sdk.Error{Code: sdk.Timeout, Source: sdk.SourceBackend, Message: "i/o timeout"}},
		"no message":        {&sdk.Error{Code: sdk.Denied}, sdk.Error{Code: sdk.Denied, Source: sdk.SourceBackend, Message: "denied"}},
		"not UTF-8":         {errors.New("K\xf6ln"), sdk.Error{Code: sdk.Internal, Source: sdk.SourcePlugin, Message: "K\uFFFDln"}},
		"endless":           {errors.New(strings.Repeat("ö", 5000)), sdk.Error{Code: sdk.Internal, Source: sdk.SourcePlugin, Message: strings.Repeat("ö", 2046) + "..."}},
	} {
		t.Run(name, func(t *testing.T) {
			next = tc.err
			got, ok := errors.AsType[*sdk.Error](b.Health(t.Context()))
			if !ok || *got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestFromStatusWithoutADetail(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		code   sdk.Code
		source sdk.Source
		text   string
		wraps  error
	}{
		"cancelled":         {status.Error(codes.Canceled, "x"), sdk.Unavailable, sdk.SourceCaller, "the call was cancelled", context.Canceled},
		"deadline":          {status.Error(codes.DeadlineExceeded, "x"), sdk.Timeout, sdk.SourceBackend, "no answer within the deadline", context.DeadlineExceeded},
		"context cancelled": {context.Canceled, sdk.Unavailable, sdk.SourceCaller, "the call was cancelled", context.Canceled},
		"context deadline":  {context.DeadlineExceeded, sdk.Timeout, sdk.SourceBackend, "no answer within the deadline", context.DeadlineExceeded},
		"connection lost":   {status.Error(codes.Unavailable, "EOF"), sdk.Unavailable, sdk.SourcePlugin, "the plugin's process cannot be reached: EOF", nil},
		"older plugin":      {status.Error(codes.Unimplemented, "unknown method"), sdk.Unsupported, sdk.SourceCaller, "unknown method", nil},
		"message too large": {status.Error(codes.ResourceExhausted, "too large"), sdk.Internal, sdk.SourcePlugin, "too large", nil},
		"other language":    {status.Error(codes.NotFound, "gone"), sdk.NotFound, sdk.SourceCaller, "gone", nil},
		"bad argument":      {status.Error(codes.InvalidArgument, "no"), sdk.Invalid, sdk.SourceCaller, "no", nil},
		"internal":          {status.Error(codes.Internal, "bad"), sdk.Internal, sdk.SourcePlugin, "bad", nil},
		"no status":         {errors.New("odd"), sdk.Internal, sdk.SourcePlugin, "odd", nil},
		"unknown code":      {detailed(t, "melted", "backend"), sdk.Unavailable, sdk.SourcePlugin, "the plugin's process cannot be reached: outer", nil},
		"unknown source":    {detailed(t, "throttled", "moon"), sdk.Throttled, sdk.SourceBackend, "inner", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := wire.FromStatus(tc.err)
			if got.Code != tc.code || got.Source != tc.source || got.Message != tc.text {
				t.Errorf("got %s %s %q, want %s %s %q", got.Code, got.Source, got.Message, tc.code, tc.source, tc.text)
			}
			if tc.wraps != nil && !errors.Is(got, tc.wraps) {
				t.Errorf("%v does not wrap %v", got, tc.wraps)
			}
		})
	}
	if wire.FromStatus(nil) != nil || wire.ToStatus(nil) != nil {
		t.Error("nil is no error")
	}
}

func detailed(t *testing.T, code, source string) error {
	t.Helper()
	s, err := status.New(codes.Unavailable, "outer").WithDetails(&pluginv1.FaultDetail{Code: code, Source: source, Message: "inner"})
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

// What an author's code does wrong is an error of that call, says what is wrong,
// and leaves the plugin running.
func TestAuthorsMistakes(t *testing.T) {
	pools := func(items iter.Seq2[*sdk.ResourcePool, error]) func(context.Context, *full, *wire.Backend) error {
		return func(ctx context.Context, b *full, w *wire.Backend) error {
			b.pools = items
			for _, err := range w.ListResourcePools(ctx, sdk.ListOptions{Tenant: "north"}) {
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	get := func(p *sdk.ResourcePool) func(context.Context, *full, *wire.Backend) error {
		return func(ctx context.Context, b *full, w *wire.Backend) error {
			b.getPool = func(context.Context, string) (*sdk.ResourcePool, error) { return p, nil }
			_, err := w.GetResourcePool(ctx, "a")
			return err
		}
	}
	for name, tc := range map[string]struct {
		do   func(context.Context, *full, *wire.Backend) error
		want string
	}{
		"panic in a method": {
			func(ctx context.Context, b *full, w *wire.Backend) error {
				b.health = func(context.Context) error { panic("secret") }
				return w.Health(ctx)
			},
			"Health panicked; the plugin's log has the stack",
		},
		"panic in an iteration": {
			pools(func(yield func(*sdk.ResourcePool, error) bool) { panic("secret") }),
			"ListResourcePools panicked; the plugin's log has the stack",
		},
		"panic in a watch": {
			func(ctx context.Context, b *full, w *wire.Backend) error {
				b.watch = func(context.Context, sdk.Events) error { panic("secret") }
				return w.Watch(ctx, &events{})
			},
			"Watch panicked; the plugin's log has the stack",
		},
		"no iteration":   {pools(nil), "ListResourcePools: it returned nil: return an iteration, sdk.List makes one"},
		"nil in a list":  {pools(sdk.List([]*sdk.ResourcePool{nil}, nil)), "ListResourcePools: the object is nil: return an object, or an error with code NotFound"},
		"foreign tenant": {pools(sdk.List([]*sdk.ResourcePool{{Meta: sdk.Meta{ID: "a", Name: "a", Tenant: "south"}}}, nil)), `ListResourcePools: ResourcePool "a" belongs to tenant "south", and ListOptions.Tenant is "north": list that tenant's objects alone`},
		"nil from get":   {get(nil), "GetResourcePool: the object is nil: return an object, or an error with code NotFound"},
		"another from get": {
			get(&sdk.ResourcePool{Meta: sdk.Meta{ID: "b", Name: "b"}}),
			`GetResourcePool: asked for "a" it returned ResourcePool "b"`,
		},
		"nameless from create": {
			func(ctx context.Context, b *full, w *wire.Backend) error {
				b.createPool = func(context.Context, *sdk.ResourcePool) (*sdk.ResourcePool, error) {
					return &sdk.ResourcePool{Meta: sdk.Meta{ID: "a"}}, nil
				}
				_, err := w.CreateResourcePool(ctx, &sdk.ResourcePool{})
				return err
			},
			`CreateResourcePool: ResourcePool "a" has no Name: use its ID where the backend has no names`,
		},
		"another from update": {
			func(ctx context.Context, b *full, w *wire.Backend) error {
				b.updatePool = func(context.Context, *sdk.ResourcePool) (*sdk.ResourcePool, error) { return pool, nil }
				_, err := w.UpdateResourcePool(ctx, &sdk.ResourcePool{Meta: sdk.Meta{ID: "a"}})
				return err
			},
			`UpdateResourcePool: asked to update "a" it returned ResourcePool "pool"`,
		},
		"watch that just ends": {
			func(ctx context.Context, b *full, w *wire.Backend) error {
				b.watch = func(context.Context, sdk.Events) error { return nil }
				return w.Watch(ctx, &events{})
			},
			"Watch: it returned without an error while netweave was listening: return ctx.Err() when ctx ends, and what went wrong otherwise",
		},
		"watch that ignores its mistake": {
			func(ctx context.Context, b *full, w *wire.Backend) error {
				b.watch = func(ctx context.Context, e sdk.Events) error {
					_ = e.Synced()
					<-ctx.Done()
					return ctx.Err()
				}
				return w.Watch(ctx, &events{})
			},
			"Watch: Synced without Begin: no snapshot is under way",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := all()
			w := open(t, b)
			got, ok := errors.AsType[*sdk.Error](tc.do(t.Context(), b, w))
			if !ok || *got != (sdk.Error{Code: sdk.Internal, Source: sdk.SourcePlugin, Message: tc.want}) {
				t.Fatalf("got  %+v\nwant %s", got, tc.want)
			}
			b.health = nil
			if err := w.Health(t.Context()); err != nil {
				t.Errorf("the plugin is not well after it: %v", err)
			}
		})
	}
}

// A list whose author swallows the end of its context is no whole list.
func TestListCutByItsContext(t *testing.T) {
	b := all()
	began, release := make(chan struct{}), make(chan struct{})
	b.pools = func(yield func(*sdk.ResourcePool, error) bool) {
		close(began)
		<-release
	}
	w := open(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
		close(release)
	}()
	var last error
	for _, err := range w.ListResourcePools(ctx, sdk.ListOptions{}) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", last)
	}
}

func TestWhatABackendCannot(t *testing.T) {
	w := open(t, &reader{})
	client := connect(t, &full{})
	if _, err := wire.Open(t.Context(), client, "lab", nil); err != nil {
		t.Fatal(err)
	}
	for want, call := range map[string]func() error{
		"the plugin in-process cannot create resource pools": func() error { _, err := w.CreateResourcePool(t.Context(), pool); return err },
		"the plugin in-process cannot update resource pools": func() error { _, err := w.UpdateResourcePool(t.Context(), pool); return err },
		"the plugin in-process cannot delete resource pools": func() error { return w.DeleteResourcePool(t.Context(), "a") },
		"the plugin in-process cannot create resources":      func() error { _, err := w.CreateResource(t.Context(), resource); return err },
		"the plugin in-process cannot delete resources":      func() error { return w.DeleteResource(t.Context(), "a") },
		"the plugin in-process cannot watch":                 func() error { return w.Watch(t.Context(), &events{}) },
		"the plugin in-process cannot delete a ResourceType": func() error {
			_, err := client.Delete(t.Context(), &pluginv1.DeleteRequest{Kind: pluginv1.Kind_KIND_RESOURCE_TYPE, Id: "a"})
			return wire.FromStatus(err)
		},
		"this plugin knows no objects of kind 99: it was built with an older sdk": func() error {
			_, err := client.Get(t.Context(), &pluginv1.GetRequest{Kind: 99, Id: "a"})
			return wire.FromStatus(err)
		},
	} {
		got, ok := errors.AsType[*sdk.Error](call())
		if !ok || *got != (sdk.Error{Code: sdk.Unsupported, Source: sdk.SourceCaller, Message: want}) {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
}

func TestLifeOfASession(t *testing.T) {
	closed := 0
	client := connect(t, &reader{close: func() error { closed++; return nil }})
	early := wire.FromStatus(func() error { _, err := client.Health(t.Context(), &pluginv1.HealthRequest{}); return err }())
	if early.Code != sdk.Unavailable || early.Message != "the plugin has not been opened yet" {
		t.Errorf("before Open: %+v", early)
	}
	b, err := wire.Open(t.Context(), client, "lab", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = wire.Open(t.Context(), client, "lab", nil)
	if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != sdk.Conflict {
		t.Errorf("a second Open: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"Close": b.Close(), "Health": b.Health(t.Context())} {
		if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != sdk.Unavailable || e.Message != "the plugin is closing" {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if closed != 1 {
		t.Errorf("closed %d times", closed)
	}
}

func TestDeadlineReachesThePlugin(t *testing.T) {
	b := all()
	seen := make(chan error, 1)
	b.health = func(ctx context.Context) error {
		<-ctx.Done()
		seen <- ctx.Err()
		return ctx.Err()
	}
	w := open(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := w.Health(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := <-seen; err == nil {
		t.Error("the plugin's context did not end")
	}
}
