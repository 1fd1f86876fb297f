package sdk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// closer is a Backend of which only Close is ever called.
type closer struct {
	Backend
	closed chan struct{}
}

func (c closer) Close() error {
	close(c.closed)
	return nil
}

func opened(t *testing.T) (*session, closer) {
	t.Helper()
	s, b := newSession(), closer{closed: make(chan struct{})}
	if err := s.open(t.Context(), func(context.Context) (Backend, error) { return b, nil }); err != nil {
		t.Fatal(err)
	}
	return s, b
}

func closeIt(b Backend) error { return b.Close() }

func wantCode(t *testing.T, err error, code Code) {
	t.Helper()
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != code {
		t.Errorf("got %v, want code %s", err, code)
	}
}

func TestSessionOpensOnce(t *testing.T) {
	s := newSession()
	_, _, _, err := s.enter(t.Context())
	wantCode(t, err, Unavailable)

	failed := errors.New("no route")
	if err := s.open(t.Context(), func(context.Context) (Backend, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Fatalf("got %v", err)
	}
	if err := s.open(t.Context(), func(context.Context) (Backend, error) { return closer{}, nil }); err != nil {
		t.Fatalf("a failed opening cannot be repeated: %v", err)
	}
	err = s.open(t.Context(), func(context.Context) (Backend, error) { panic("opened twice") })
	wantCode(t, err, Conflict)
}

func TestSessionShutsWithNothingInFlight(t *testing.T) {
	s, b := opened(t)
	ctx, _, done, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shut := make(chan error, 1)
	go func() { shut <- s.shut(context.Background(), closeIt) }()
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("closing did not end the call's context")
	}
	wantCode(t, context.Cause(ctx), Unavailable)
	select {
	case <-b.closed:
		t.Fatal("closed with a call in flight")
	case <-time.After(20 * time.Millisecond):
	}
	_, _, _, err = s.enter(t.Context())
	wantCode(t, err, Unavailable)
	done()
	if err := <-shut; err != nil {
		t.Fatal(err)
	}
	select {
	case <-b.closed:
	default:
		t.Error("not closed")
	}
	wantCode(t, s.shut(t.Context(), closeIt), Unavailable)
	wantCode(t, s.open(t.Context(), nil), Unavailable)
}

func TestSessionLeavesABackendWithCallsAlone(t *testing.T) {
	s, b := opened(t)
	_, _, done, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	wantCode(t, s.shut(ctx, closeIt), Timeout)
	done()
	select {
	case <-b.closed:
		t.Error("closed although it was said to have failed")
	default:
	}
}

func TestSessionShutsWhileOpening(t *testing.T) {
	s, b := newSession(), closer{closed: make(chan struct{})}
	began := make(chan struct{})
	result := make(chan error, 1)
	go func() {
		result <- s.open(context.Background(), func(ctx context.Context) (Backend, error) {
			close(began)
			<-ctx.Done()
			return b, nil // it was just done
		})
	}()
	<-began
	if err := s.shut(t.Context(), closeIt); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	select {
	case <-b.closed:
	default:
		t.Error("what was opened in the last moment was not closed")
	}
}

func TestSessionNeverOpened(t *testing.T) {
	s := newSession()
	err := s.shut(t.Context(), func(Backend) error { return fmt.Errorf("there is nothing to close") })
	if err != nil {
		t.Error(err)
	}
}
