//go:build integration

package kube

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/netweave/netweave/outbound/kube/kubetest"
	"github.com/netweave/netweave/ports/election"
	"github.com/netweave/netweave/ports/election/electiontest"
)

// server is shared by the tests of the package; each has its own namespace.
var server *kubetest.Server

var namespaces atomic.Int64

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	var err error
	if server, err = kubetest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// Stopped, it has no connections any more.
	if leaks := goleak.Find(); leaks != nil {
		fmt.Fprintln(os.Stderr, leaks)
		return 1
	}
	return code
}

// connect returns a client of a namespace of its own.
func connect(t *testing.T) *Client {
	t.Helper()
	core, err := typedcorev1.NewForConfig(server.REST())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test-%d", namespaces.Add(1))
	_, err = core.Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ConnectTo(server.REST(), name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestElectionConforms(t *testing.T) {
	electiontest.Run(t, func(t *testing.T) electiontest.Store {
		c := connect(t)
		return electiontest.Store{
			Candidate: func(t *testing.T) election.Election {
				e, err := c.NewElection(ElectionConfig{Name: "leader"}, quiet())
				if err != nil {
					t.Fatal(err)
				}
				return e
			},
			Depose: func(t *testing.T) { depose(t, c) },
		}
	})
}

// depose writes somebody else into the Lease, for a second.
func depose(t *testing.T, c *Client) {
	t.Helper()
	for {
		lease, err := c.leases.Get(t.Context(), "leader", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		holder, seconds, now := "somebody else", int32(1), metav1.NowMicro()
		lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.RenewTime = &holder, &seconds, &now
		if _, err = c.leases.Update(t.Context(), lease, metav1.UpdateOptions{}); err == nil {
			return
		}
	}
}

// TestALeaderThatCannotRenewStopsFirst stops kube-apiserver under a leader.
func TestALeaderThatCannotRenewStopsFirst(t *testing.T) {
	c := connect(t)
	cfg := ElectionConfig{Name: "leader", LeaseDuration: 3 * time.Second}
	type term struct {
		who   int
		ctx   context.Context
		ended chan time.Time
	}
	terms := make(chan term, 8)
	ctx, stop := context.WithCancel(t.Context())
	results := make(chan error, 2)
	for who := range 2 {
		e, err := c.NewElection(cfg, quiet())
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			results <- e.Campaign(ctx, func(ctx context.Context) {
				now := term{who, ctx, make(chan time.Time, 1)}
				terms <- now
				<-ctx.Done()
				now.ended <- time.Now()
			})
		}()
	}
	first := <-terms
	paused := time.Now()
	server.Pause(t)
	ended := <-first.ended
	if took := ended.Sub(paused); took >= cfg.LeaseDuration {
		t.Errorf("the leader went on for %v, longer than its Lease of %v", took, cfg.LeaseDuration)
	}
	if cause := context.Cause(first.ctx); !errors.Is(cause, errLost) {
		t.Errorf("its context ended since %v", cause)
	}
	server.Resume(t)
	select {
	case second := <-terms:
		t.Logf("%d leads after %d", second.who, first.who)
	case <-time.After(20 * time.Second):
		t.Error("nobody leads again")
	}
	stop()
	for range 2 {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("Campaign returned %v", err)
		}
	}
}
