//go:build integration

package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSIGTERMEndsEverythingInOrder(t *testing.T) {
	g := start(t, lab)
	g.ready()
	g.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	plugin := g.plugin()
	g.signal(syscall.SIGTERM)
	if code := g.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	g.gone(plugin)
	if log := g.stderr.String(); !strings.HasSuffix(log, "netweave: stopped\n") || strings.Contains(log, "[ERROR]") {
		t.Errorf("the log does not end in peace:\n%s", log)
	}
	access, err := os.ReadFile(filepath.Join(filepath.Dir(g.process.Args[3]), "access.log"))
	if err != nil || !strings.Contains(string(access), `"/o2ims/v1/resourcePools"`) {
		t.Errorf("the access log is not complete: %q, %v", access, err)
	}
}

// pending starts to create a pool and returns where its answer will be. The
// caller knows that it is under way once the gauge of requests in flight says so.
func pending(g *gateway) <-chan answer {
	g.t.Helper()
	answers := make(chan answer, 1)
	go func() {
		a, err := g.try("POST", "/o2ims/v1/resourcePools", `{"name":"edge-1"}`)
		if err != nil {
			a.body = err.Error()
		}
		answers <- a
	}()
	g.eventually("the request is under way", func() error {
		a, err := g.try("GET", "/metrics", "")
		if err != nil {
			return err
		}
		// The question itself is the other one.
		if !strings.Contains(a.body, "netweave_http_requests_in_flight 2\n") {
			return errors.New("it is not in flight")
		}
		return nil
	})
	return answers
}

func TestSIGTERMLetsRequestsEnd(t *testing.T) {
	g := start(t, strings.Replace(lab, "seed: 7", "faults: {latency: 2s}, seed: 7", 1))
	g.ready()
	answers := pending(g)
	g.signal(syscall.SIGTERM)
	g.signal(syscall.SIGTERM) // a terminal's and a parent's: one request
	if a := <-answers; a.status != http.StatusCreated {
		t.Errorf("the request in flight got %d: %s", a.status, a.body)
	}
	if code := g.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestASecondSignalDoesNotWait(t *testing.T) {
	g := start(t, strings.Replace(lab, "seed: 7", "faults: {latency: 2s}, seed: 7", 1))
	g.ready()
	g.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	if err := syscall.Kill(g.plugin(), syscall.SIGSTOP); err != nil { // its calls never end now
		t.Fatal(err)
	}
	plugin := g.plugin()
	answers := pending(g)
	first := time.Now()
	g.signal(syscall.SIGTERM)
	g.eventually("the gateway drains", func() error {
		if conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://")); err == nil {
			conn.Close()
			return errors.New("it still takes connections")
		}
		return nil
	})
	g.eventually("it ends at a second signal", func() error {
		if time.Since(first) > 1100*time.Millisecond {
			g.signal(syscall.SIGINT)
		} else {
			return errors.New("too early: it would count as the same request")
		}
		return nil
	})
	if code := g.exit(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if log := g.stderr.String(); !strings.Contains(log, "netweave: a second signal cut what was in flight: ") {
		t.Errorf("no word of what was cut in\n%s", log)
	}
	if took := time.Since(first); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	<-answers
	g.gone(plugin)
}

func TestSIGTERMWhileAPluginIsStillStarting(t *testing.T) {
	g := start(t, lab)
	g.signal(syscall.SIGTERM)
	if code := g.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if left := childrenOf(t, g.process.Process.Pid); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
}

func TestSIGKILLLeavesNoPlugin(t *testing.T) {
	g := start(t, lab)
	g.ready()
	plugin := g.plugin()
	g.signal(syscall.SIGKILL)
	g.exit()
	g.gone(plugin)
}
