// Command halab runs three controllers and two gateways of netweave in one
// terminal, on the Redis that REDIS_ADDRESSES and REDIS_MASTER name (see
// redislab):
//
//	redislab --sentinels -- halab --config configs/ha.yaml bin/netweave
//
// Each line of output has the process's name before it. A process that ends is
// started again after a few seconds, so that one can kill them and watch. SIGINT
// and SIGTERM end them all, the controllers first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "halab:", err)
		os.Exit(1)
	}
}

func run() error {
	file := flag.String("config", "configs/ha.yaml", "the configuration that all share")
	state := flag.String("state", "data/ha", "where each process has a folder of its own")
	flag.Parse()
	if flag.NArg() != 1 {
		return errors.New("name the program to run, for example bin/netweave")
	}
	out := &lines{out: os.Stdout}
	lab := laboratory(flag.Arg(0), *file, *state, out)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- lab.run(ctx) }()
	if err := lab.ready(ctx); err == nil {
		out.print("", lab.hints())
	}
	return <-ended
}

// laboratory is what task run:ha shows.
func laboratory(program, file, state string, out *lines) *lab {
	l := &lab{}
	shared := append(os.Environ(),
		"NETWEAVE_STORE_REDIS_ADDRESSES="+os.Getenv("REDIS_ADDRESSES"),
		"NETWEAVE_STORE_REDIS_MASTERNAME="+os.Getenv("REDIS_MASTER"))
	add := func(role, name, address string) *process {
		p := &process{name: name, address: address, out: out, program: program}
		p.args = []string{"serve", "--config", file, "--role", role}
		p.env = append(append([]string{}, shared...),
			"NETWEAVE_SERVER_LISTEN="+address, "NETWEAVE_PLUGINS_STATEDIR="+filepath.Join(state, name))
		return p
	}
	for n := range 3 {
		l.controllers = append(l.controllers, add("controller", fmt.Sprintf("controller-%d", n+1), fmt.Sprintf("127.0.0.1:%d", 8091+n)))
	}
	for n := range 2 {
		l.gateways = append(l.gateways, add("gateway", fmt.Sprintf("gateway-%d", n+1), fmt.Sprintf("127.0.0.1:%d", 8080+n)))
	}
	return l
}

// lab is the processes.
type lab struct {
	controllers, gateways []*process
}

func (l *lab) all() []*process { return append(append([]*process{}, l.controllers...), l.gateways...) }

// run runs all processes until ctx ends: then the controllers stop, and the
// gateways after them.
func (l *lab) run(ctx context.Context) error {
	last, stopGateways := context.WithCancel(context.WithoutCancel(ctx))
	defer stopGateways()
	var controllers, gateways sync.WaitGroup
	var failed failures
	for _, p := range l.controllers {
		controllers.Go(func() { failed.add(p.keep(ctx)) })
	}
	for _, p := range l.gateways {
		gateways.Go(func() { failed.add(p.keep(last)) })
	}
	controllers.Wait()
	stopGateways()
	gateways.Wait()
	return failed.err()
}

// ready waits until every process says that it is ready.
func (l *lab) ready(ctx context.Context) error {
	client := &http.Client{Timeout: time.Second}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for _, p := range l.all() {
		for !p.ready(ctx, client) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}
	return nil
}

func (l *lab) hints() string {
	var b strings.Builder
	b.WriteString("\nThree controllers and two gateways are ready on one Redis with three Sentinels:\n\n")
	for _, p := range l.all() {
		fmt.Fprintf(&b, "  %-13s http://%s  process %d\n", p.name, p.address, p.pid.Load())
	}
	b.WriteString(`
Run "bin/netweave receive" in another terminal, subscribe it at one gateway, look at the other:

  curl -H 'Content-Type: application/json' -d '{"callback":"http://127.0.0.1:9000/","initialState":true}' http://127.0.0.1:8080/o2ims/v1/subscriptions
  curl http://127.0.0.1:8081/o2ims/v1/subscriptions
  curl -s http://127.0.0.1:8091/metrics | grep '^netweave_leader '

Change a Node, and kill a controller meanwhile (it is started again after a while):

  kubectl --kubeconfig .cache/kubelab/kubeconfig taint node --all tried=1:PreferNoSchedule --overwrite

Ctrl-C stops everything.

`)
	return b.String()
}

// failures gathers errors of several goroutines.
type failures struct {
	mu   sync.Mutex
	list []error
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, err)
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.list...)
}
