package openstacktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// What every stack has.
const (
	Region = "RegionOne"
	// Image is the id of the only image.
	Image = "11111111-2222-4333-8444-555555555555"
	// Password is that of the users admin, who may do everything, and demo, who
	// may not.
	Password = "stack-secret-4711"
)

// startTime bounds the start of a stack.
const startTime = 3 * time.Minute

// Options say what a stack is like. The zero value suits most tests.
type Options struct {
	// Hosts are the fake computes; fake-1 to fake-3 if empty.
	Hosts []string
	// TokenLife is how long a token lasts; a day if 0.
	TokenLife time.Duration
	// NovaExtra is appended to nova.conf.
	NovaExtra string
	// Dir is where to look for the repository from; the working directory if "".
	Dir string
}

// Stack is a Keystone, a Placement and a Nova that run.
type Stack struct {
	// AuthURL is Keystone's.
	AuthURL string

	dir       string
	alive     *os.File
	processes []*process
}

// Start starts a stack that has hosts and nothing else yet. Stop ends it.
func Start(ctx context.Context, o Options) (*Stack, error) {
	p, err := find(o.Dir)
	if err != nil {
		return nil, err
	}
	const tries = 3 // someone else may take a port that was free
	for range tries {
		var s *Stack
		if s, err = p.start(ctx, o); !errors.Is(err, errPortTaken) {
			return s, err
		}
	}
	return nil, err
}

func (p place) start(ctx context.Context, o Options) (_ *Stack, err error) {
	conf := settings{
		Password: Password, Region: Region, Driver: "fake.MediumFakeDriver", Extra: o.NovaExtra, TokenSeconds: 86_400,
		Paste: filepath.Join(p.root, "usr", "share", "nova-common", "api-paste.ini"),
	}
	if o.TokenLife > 0 {
		conf.TokenSeconds = int(o.TokenLife.Seconds())
	}
	if err := freePorts(&conf.Keystone, &conf.Placement, &conf.Nova, &conf.Stub); err != nil {
		return nil, err
	}
	databases, err := p.databases(conf)
	if err != nil {
		return nil, err
	}
	home, alive, err := p.runDir()
	if err != nil {
		return nil, err
	}
	conf.Home = home
	s := &Stack{AuthURL: fmt.Sprintf("http://127.0.0.1:%d/v3", conf.Keystone), dir: home, alive: alive}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := copyTree(databases, conf.Home); err != nil {
		return nil, err
	}
	if err := conf.write(); err != nil {
		return nil, err
	}
	hosts := o.Hosts
	if len(hosts) == 0 {
		hosts = []string{"fake-1", "fake-2", "fake-3"}
	}
	ready := filepath.Join(conf.Home, "ready")
	if err := s.begin(p, conf, ready, hosts); err != nil {
		return nil, err
	}
	return s, s.await(ctx, ready)
}

// begin starts the processes.
func (s *Stack) begin(p place, conf settings, ready string, hosts []string) error {
	env, err := p.environment(conf.Home)
	if err != nil {
		return err
	}
	uwsgi, err := p.uwsgi()
	if err != nil {
		return err
	}
	web := func(port int, program string) []string {
		return append(slices.Clone(uwsgi), "--http-socket", fmt.Sprintf("127.0.0.1:%d", port), "--wsgi-file", filepath.Join(p.root, "usr", "bin", program))
	}
	for _, c := range []struct {
		name string
		args []string
	}{
		{"stub", []string{python, filepath.Join(p.scripts, "stub.py"), strconv.Itoa(conf.Stub), Image}},
		{"keystone", web(conf.Keystone, "keystone-wsgi-public")},
		{"placement", web(conf.Placement, "placement-api")},
		{"nova", append([]string{python, filepath.Join(p.scripts, "nova_all.py"), "nova.conf", ready}, hosts...)},
	} {
		started, err := begin(c.name, conf.Home, env, c.args...)
		if err != nil {
			return err
		}
		s.processes = append(s.processes, started)
	}
	return nil
}

// await returns once every host takes servers, or a process has ended.
func (s *Stack) await(ctx context.Context, ready string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if _, err := os.Stat(ready); err == nil {
			return nil
		}
		for _, p := range s.processes {
			if p.dead() {
				return p.failure()
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("OpenStack does not become ready: %w; see the logs in %s", ctx.Err(), s.dir)
		}
	}
}

// Stop ends the processes and removes what they kept.
func (s *Stack) Stop() error {
	for _, p := range slices.Backward(s.processes) {
		p.stop()
	}
	defer s.alive.Close()
	return os.RemoveAll(s.dir)
}

// Environment is that of an openrc for the user admin, and OPENSTACK_IMAGE.
func (s *Stack) Environment() []string {
	return []string{
		"OS_AUTH_URL=" + s.AuthURL, "OS_USERNAME=admin", "OS_PASSWORD=" + Password, "OS_PROJECT_NAME=admin",
		"OS_USER_DOMAIN_ID=default", "OS_PROJECT_DOMAIN_ID=default", "OS_REGION_NAME=" + Region,
		"OS_IDENTITY_API_VERSION=3", "OPENSTACK_IMAGE=" + Image,
	}
}

// freePorts finds ports that nobody listens on.
func freePorts(into ...*int) error {
	for _, port := range into {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}
