//go:build integration

package convergence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
)

// What the sites reach, each over a link of its own.
const (
	toRedis     = "redis"
	toKube      = "kube"
	toLease     = "lease"
	toCallbacks = "callbacks"
)

// divided is a world whose two controllers run at sites that can be cut off.
type divided struct {
	*world
	sites []*lab.Site
	net   *lab.Net
}

// newDivided starts it: one gateway where the test is, two controllers at sites of
// their own. inKube keeps leadership as a Lease.
func newDivided(t *testing.T, inKube bool) *divided {
	t.Helper()
	n, err := lab.NewNet("nwconv", toRedis, toKube, toLease, toCallbacks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &divided{net: n}
	for range 2 {
		site, err := n.NewSite()
		if err != nil {
			t.Fatal(err)
		}
		d.sites = append(d.sites, site)
	}
	api := kube.Address()
	dir := t.TempDir()
	backend := remoteKubeconfig(t, dir, openGate(t, n.Address(toKube), api))
	leases := remoteKubeconfig(t, dir, openGate(t, n.Address(toLease), api))
	d.world = newWorld(t, setting{controllers: 2, gateways: 1, change: func(name string, c *lab.Config) {
		c.CallbackNetworks, c.Batch = []string{n.Address(toCallbacks) + "/32"}, 4
		if inKube {
			c.LeaseKubeconfig, c.LeaseName = kube.Kubeconfig, "convergence"
		}
		if name == "gateway-0" {
			return
		}
		c.Site = d.sites[strings.IndexByte("01", name[len(name)-1])]
		c.Redis = []string{openGate(t, n.Address(toRedis), c.Redis[0])}
		c.Kubeconfig = backend
		if inKube {
			c.LeaseKubeconfig = leases
		}
	}})
	return d
}

// openGate listens at an address of the test for what the sites send, and returns
// where.
func openGate(t *testing.T, host, target string) string {
	t.Helper()
	gate, err := lab.NewGate(host+":0", target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gate.Close(); err != nil {
			t.Error(err)
		}
	})
	return gate.Address()
}

var serverLine = regexp.MustCompile(`(?m)^(\s*)server: https?://.*$`)

// remoteKubeconfig is the administrator's for another address, at which the
// kube-apiserver still calls itself localhost.
func remoteKubeconfig(t *testing.T, dir, address string) string {
	t.Helper()
	config, err := os.ReadFile(kube.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(serverLine.FindAll(config, -1)); n != 1 {
		t.Fatalf("the kubeconfig names %d servers", n)
	}
	config = serverLine.ReplaceAll(config, []byte("${1}server: https://"+address+"\n${1}tls-server-name: localhost"))
	path := filepath.Join(dir, strings.ReplaceAll(address, ":", "-")+".kubeconfig")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLeaderCutOff: a leader that does not reach what keeps leadership commits
// nothing once another leads, and says so before the other does.
func TestLeaderCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		inKube bool
		cut    string
	}{
		"from Redis":     {false, toRedis},
		"from its Lease": {true, toLease},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDivided(t, c.inKube)
			d.leads(0)
			s := d.newSubscriber("smo", d.net.Address(toCallbacks))
			d.must(s.join(t.Context(), resources, true))
			node, id := d.node("a", "before")
			d.hears(s, id, 1)

			d.must(d.sites[0].Cut(c.cut))
			d.must(describe(t.Context(), node, "during"))
			d.await("the other to lead", time.Minute, d.ledByOther)
			committed, err := d.controllers[0].Metric(t.Context(), "netweave_events_committed_total")
			d.must(err)
			d.must(describe(t.Context(), node, "after"))
			d.node("b", "after")
			d.settle(patience)
			now, err := d.controllers[0].Metric(t.Context(), "netweave_events_committed_total")
			d.must(err)
			if now != committed {
				t.Errorf("the leader that was cut off has committed %g events since another leads", now-committed)
			}

			d.must(d.sites[0].Mend(c.cut))
			d.must(describe(t.Context(), node, "in the end"))
			d.await("the mended site to be in order", time.Minute, func() error { return d.controllers[0].Ready(t.Context()) })
			d.settle(patience)
			// Created, and every change once, or several as one.
			if told := s.heard(id); description(t, told[len(told)-1]) != "in the end" {
				t.Errorf("in the end it was told %+v", told[len(told)-1])
			}
		})
	}
}

// ledByOther returns nil once the second controller leads. That both say that
// they do fails the test.
func (d *divided) ledByOther() error {
	other := d.controllers[1].Leads(d.t.Context())
	if !other {
		return errors.New("it does not yet")
	}
	if d.controllers[0].Leads(d.t.Context()) {
		d.t.Error("the leader that was cut off says that it leads while the other does")
	}
	return nil
}

// TestDelivererCutOff: a deliverer that does not reach Redis sends what it has
// claimed and nothing else, and the other delivers all the rest meanwhile.
func TestDelivererCutOff(t *testing.T) {
	d := newDivided(t, false)
	const batch, subscribers, changes = 4, 12, 20
	for i := range subscribers {
		s := d.newSubscriber(fmt.Sprintf("smo-%02d", i), d.net.Address(toCallbacks))
		d.must(s.join(t.Context(), resources, true))
	}
	node, _ := d.node("a", "before")
	d.settle(patience)
	for _, s := range d.subscribers {
		d.must(s.receiver.Down())
		s.receiver.SetTemper(smo.Always(smo.Slow))
	}
	for i := range changes {
		d.must(describe(t.Context(), node, fmt.Sprint(i)))
		lab.Pause(t.Context(), 50*time.Millisecond)
	}
	before := d.arrivedFrom(d.sites[0], time.Time{})
	for _, s := range d.subscribers {
		d.must(s.receiver.Up())
	}
	d.await("the first site to deliver", time.Minute, func() error {
		if d.arrivedFrom(d.sites[0], time.Time{}) <= before {
			return errors.New("it does not")
		}
		return nil
	})
	d.must(d.sites[0].Cut(toRedis))
	cut := time.Now()
	d.settle(time.Minute)
	for _, s := range d.subscribers {
		if n := s.arrivedFrom(d.sites[0], cut); n > batch {
			t.Errorf("%s got %d notifications from the deliverer that was cut off, which had claimed %d at most", s.name, n, batch)
		}
	}
	if late := d.arrivedFrom(d.sites[0], cut.Add(lease+3*time.Second)); late > 0 {
		t.Errorf("the deliverer that was cut off has sent %d notifications after its time was over", late)
	}
	if d.arrivedFrom(d.sites[1], cut) == 0 {
		t.Error("the other has delivered nothing")
	}
	d.must(d.sites[0].Mend(toRedis))
	d.must(describe(t.Context(), node, "in the end"))
	d.settle(time.Minute)
}

// arrivedFrom counts what all subscribers got from a site since then.
func (d *divided) arrivedFrom(site *lab.Site, since time.Time) int {
	n := 0
	for _, s := range d.subscribers {
		n += s.arrivedFrom(site, since)
	}
	return n
}

func (s *subscriber) arrivedFrom(site *lab.Site, since time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.receiver.History(s.place) {
		if strings.HasPrefix(r.From, site.From(toCallbacks)+":") && r.At.After(since) {
			n++
		}
	}
	return n
}
