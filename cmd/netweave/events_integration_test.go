//go:build integration

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// notification is what a subscriber got.
type notification struct {
	EventID, EventType, ObjectType, ObjectID string
	body                                     string
}

// smo receives notifications.
type smo struct {
	url string

	mu   sync.Mutex
	got  []notification
	hold chan struct{} // a request waits until it is closed; nil for none
}

func newSMO(t *testing.T) *smo {
	t.Helper()
	s := &smo{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL + "/notify"
	return s
}

func (s *smo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender is gone
	}
	n := notification{body: string(body)}
	if err := json.Unmarshal(body, &n); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.got = append(s.got, n)
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *smo) all() []notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// holds makes every further notification wait, until the function it returns.
func (s *smo) holds() (release func()) {
	hold := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = hold
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hold = nil
		close(hold)
	}
}

// subscribe subscribes s and returns the subscription's id.
func (g *gateway) subscribe(s *smo, more string) string {
	g.t.Helper()
	a := g.ask("POST", "/o2ims/v1/subscriptions", fmt.Sprintf(`{"callback":%q%s}`, s.url, more), 201)
	return fmt.Sprint(a.object(g.t)["subscriptionId"])
}

// hears waits until s was told of an object.
func (g *gateway) hears(s *smo, eventType, object string) {
	g.t.Helper()
	g.eventually("the subscriber hears that "+object+" was "+eventType, func() error {
		for _, n := range s.all() {
			if n.EventType == eventType && n.ObjectID == object {
				return nil
			}
		}
		return fmt.Errorf("it got %d others", len(s.all()))
	})
}

func (g *gateway) createPool(name string) string {
	g.t.Helper()
	a := g.ask("POST", "/o2ims/v1/resourcePools", fmt.Sprintf(`{"name":%q}`, name), 201)
	return fmt.Sprint(a.object(g.t)["resourcePoolId"])
}

func (g *gateway) stop() {
	g.t.Helper()
	g.signal(syscall.SIGTERM)
	if code := g.exit(); code != 0 {
		g.t.Errorf("exit code %d, want 0", code)
	}
}

func TestASubscriptionSurvivesARestart(t *testing.T) {
	dir, s := t.TempDir(), newSMO(t)
	g := startIn(t, dir, lab)
	g.ready()
	id := g.subscribe(s, `,"filter":"(eq,objectType,ResourcePool)","secret":"whsec_c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2g="`)
	first := g.createPool("edge-1")
	g.hears(s, "created", first)
	g.stop()

	g = startIn(t, dir, lab)
	g.ready()
	kept := g.ask("GET", "/o2ims/v1/subscriptions/"+id, "", 200)
	if strings.Contains(kept.body, "c2VjcmV0") {
		t.Errorf("the secret is shown: %s", kept.body)
	}
	g.hears(s, "deleted", first) // the mock forgets what was made
	g.hears(s, "created", g.createPool("edge-2"))
	for _, n := range s.all() {
		if n.ObjectType != "ResourcePool" {
			t.Errorf("told of a %s past its filter", n.ObjectType)
		}
	}
}

// A gateway that is killed while it delivers repeats at most what it had in hand,
// under the same id, and leaves nothing out.
func TestSIGKILLWhileDelivering(t *testing.T) {
	dir, s := t.TempDir(), newSMO(t)
	g := startIn(t, dir, lab)
	g.ready()
	release := s.holds()
	g.subscribe(s, `,"initialState":true`)
	g.eventually("a notification is on its way", func() error {
		if len(s.all()) == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	g.signal(syscall.SIGKILL)
	g.exit()
	release()

	g = startIn(t, dir, lab)
	g.ready()
	objects := 1 + 4 + 100 // manager, pools and resources; types beside them
	g.eventually("everything is told", func() error {
		if a := g.ask("GET", "/o2ims/v1/subscriptions", "", 200); !strings.Contains(a.body, `"queueLength":0`) || len(s.all()) < objects {
			return fmt.Errorf("%d so far: %s", len(s.all()), a.body)
		}
		return nil
	})
	ids, told := map[string]string{}, map[string]int{}
	repeated := 0
	for _, n := range s.all() {
		if body, known := ids[n.EventID]; known {
			repeated++
			if body != n.body {
				t.Errorf("the id %s had two contents", n.EventID)
			}
			continue
		}
		ids[n.EventID] = n.body
		if told[n.ObjectType+n.ObjectID]++; n.EventType != "created" {
			t.Errorf("%s %s is %s", n.ObjectType, n.ObjectID, n.EventType)
		}
	}
	if repeated > 1 {
		t.Errorf("%d notifications came twice, want the one in hand at most", repeated)
	}
	for object, n := range told {
		if n != 1 {
			t.Errorf("%s was told %d times", object, n)
		}
	}
	pools := g.ask("GET", "/o2ims/v1/resourcePools", "", 200).items(t, "resourcePoolId")
	for _, id := range pools {
		if told["ResourcePool"+id] != 1 {
			t.Errorf("pool %s was not told", id)
		}
	}
}

func TestAStoreThatIsInUseOrDamaged(t *testing.T) {
	dir := t.TempDir()
	g := startIn(t, dir, lab)
	g.ready()
	config := g.process.Args[3]
	run := func(args ...string) (string, int) {
		c := exec.Command(filepath.Join(built, "netweave"), args...)
		out, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), c.ProcessState.ExitCode()
	}
	for _, args := range [][]string{{"serve", "--config", config}, {"store", "renew", "--config", config}} {
		out, code := run(args...)
		if code != 1 || !strings.Contains(out, "store.embedded.path: ") || !strings.Contains(out, filepath.Join(dir, "store.db")) {
			t.Errorf("%v while it is in use: exit code %d, %s", args, code, out)
		}
	}
	g.stop()
	if out, code := run("store", "renew", "--config", config); code != 0 || out != "the embedded store has a new incarnation\n" {
		t.Errorf("renew: exit code %d, %s", code, out)
	}
	if err := syscall.Truncate(filepath.Join(dir, "store.db"), 5000); err != nil {
		t.Fatal(err)
	}
	if out, code := run("serve", "--config", config); code != 1 || !strings.Contains(out, "netweave: store.embedded.path: ") {
		t.Errorf("damaged: exit code %d, %s", code, out)
	}
}

const patience = 3 * time.Second
