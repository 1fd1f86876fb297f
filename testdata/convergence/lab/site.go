package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Net is a few addresses of the test, and network namespaces that reach each of
// them over a link of its own, which can be cut.
type Net struct {
	prefix string
	// services are the test's addresses by name.
	services []string
	sites    []*Site
}

// Site is one network namespace.
type Site struct {
	net   *Net
	index int
	// Name is the namespace's.
	Name string
}

// NewNet gives the test an address for each service. It needs root.
func NewNet(prefix string, services ...string) (*Net, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("network namespaces need root: run the partition tests as root")
	}
	n := &Net{prefix: prefix, services: services}
	for i := range services {
		// A run that was killed may have left it.
		if err := ip("address", "replace", n.address(i)+"/32", "dev", "lo"); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Net) address(service int) string { return fmt.Sprintf("10.209.0.%d", service+1) }

// Address returns the test's address of a service.
func (n *Net) Address(service string) string { return n.address(n.service(service)) }

func (n *Net) service(name string) int {
	for i, s := range n.services {
		if s == name {
			return i
		}
	}
	panic("no service " + name) // a mistake of the test
}

// NewSite makes a namespace with a link to each service.
func (n *Net) NewSite() (*Site, error) {
	s := &Site{net: n, index: len(n.sites), Name: fmt.Sprintf("%s-%d", n.prefix, len(n.sites))}
	if _, err := os.Stat(s.path()); err == nil { // left by a run that was killed
		if err := ip("netns", "del", s.Name); err != nil {
			return nil, err
		}
	}
	// The kernel takes a namespace's links down some time after its name is gone.
	if err := s.unlink(); err != nil {
		return nil, err
	}
	if err := ip("netns", "add", s.Name); err != nil {
		return nil, err
	}
	n.sites = append(n.sites, s)
	commands := [][]string{{"-netns", s.Name, "link", "set", "lo", "up"}}
	for i := range n.services {
		here, there := s.link(i), "to"+fmt.Sprint(i)
		commands = append(commands,
			[]string{"link", "add", here, "type", "veth", "peer", "name", there, "netns", s.Name},
			[]string{"address", "add", s.subnet(i) + ".1/30", "dev", here},
			[]string{"link", "set", here, "up"},
			[]string{"-netns", s.Name, "address", "add", s.subnet(i) + ".2/30", "dev", there},
			[]string{"-netns", s.Name, "link", "set", there, "up"},
			[]string{"-netns", s.Name, "route", "add", n.address(i) + "/32", "via", s.subnet(i) + ".1"},
		)
	}
	return s, all(commands)
}

// unlink deletes the site's links that are there, and has done so when it returns.
func (s *Site) unlink() error {
	for i := range s.net.services {
		link := "/sys/class/net/" + s.link(i)
		if _, err := os.Stat(link); err != nil {
			continue
		}
		err := ip("link", "del", s.link(i))
		if _, gone := os.Stat(link); err != nil && gone == nil {
			return err
		}
	}
	return nil
}

func (s *Site) path() string { return "/run/netns/" + s.Name }

func (s *Site) link(service int) string {
	return fmt.Sprintf("%s-%d-%d", s.net.prefix, s.index, service)
}

func (s *Site) subnet(service int) string { return fmt.Sprintf("10.%d.%d", 210+service, s.index) }

// From is the address that a service sees the site as.
func (s *Site) From(service string) string { return s.subnet(s.net.service(service)) + ".2" }

// Cut takes the link to a service down: packets vanish, either way.
func (s *Site) Cut(service string) error {
	return ip("link", "set", s.link(s.net.service(service)), "down")
}

// Mend undoes Cut.
func (s *Site) Mend(service string) error {
	return ip("link", "set", s.link(s.net.service(service)), "up")
}

// Dial connects from within the namespace.
func (s *Site) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	dialled := make(chan result, 1)
	go func() {
		// The thread is never unlocked: it ends with the goroutine, and nobody else
		// runs in the namespace by mistake.
		runtime.LockOSThread()
		conn, err := s.dial(ctx, network, address)
		dialled <- result{conn, err}
	}()
	r := <-dialled
	return r.conn, r.err
}

func (s *Site) dial(ctx context.Context, network, address string) (net.Conn, error) {
	namespace, err := os.Open(s.path())
	if err != nil {
		return nil, err
	}
	defer namespace.Close()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter namespace %s: %w", s.Name, err)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// Close removes the namespaces and addresses. Processes in them are to have
// ended.
func (n *Net) Close() error {
	var errs []error
	for _, s := range n.sites {
		errs = append(errs, s.unlink(), ip("netns", "del", s.Name))
	}
	for i := range n.services {
		errs = append(errs, ip("address", "del", n.address(i)+"/32", "dev", "lo"))
	}
	return errors.Join(errs...)
}

func all(commands [][]string) error {
	for _, args := range commands {
		if err := ip(args...); err != nil {
			return err
		}
	}
	return nil
}

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
