// Command bench measures what docs/performance.md claims. Every figure is a
// ratio of two things measured side by side in one run on one machine, since
// absolute figures say more of the machine than of netweave; memory and start-up
// bounds are absolute.
//
//	bench [--only http,scale,kube,events,deliver,match,failover,tenants,decisions,quotas,merge,reload] [--nodes 10000] [--rounds 7] [--round 2s]
//
// It runs bin/netweave and its plugins from the project's root, each with a
// configuration of its own in a temporary folder, and exits non-zero if a bound
// is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// settings are what the command line asks for.
type settings struct {
	nodes  int
	rounds int
	round  time.Duration
	conns  int
	debug  bool
}

func main() {
	if len(os.Args) > 1 {
		if side, ok := otherSides[os.Args[1]]; ok {
			if err := side(os.Args[2:]); err != nil {
				fmt.Fprintf(os.Stderr, "bench: %s: %v\n", os.Args[1], err)
				os.Exit(1)
			}
			return
		}
	}
	ok, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if !ok {
		fmt.Fprintln(os.Stderr, "bench: a bound was missed")
		os.Exit(2)
	}
}

// otherSides are what the program is when it runs itself as the other side of a
// ratio.
var otherSides = map[string]func(args []string) error{bareCommand: runBare, bareSender: runBareSender}

// parts are what can be measured, in their order.
var parts = []struct {
	name string
	run  func(context.Context, settings, *report) error
}{
	{"http", benchHTTP}, {"scale", benchScale}, {"kube", benchKube},
	{"events", benchEvents}, {"deliver", benchDeliver}, {"match", benchMatch}, {"failover", benchFailover},
	{"tenants", benchTenants}, {"decisions", benchDecisions}, {"quotas", benchQuotas},
	{"merge", benchMerge}, {"reload", benchReload}, {"oran", benchOran},
}

func partNames() string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return strings.Join(names, ",")
}

func run() (bool, error) {
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	only := flags.String("only", partNames(), "which parts to run")
	s := settings{conns: 8}
	flags.IntVar(&s.nodes, "nodes", 10_000, "Nodes of the kube and events parts")
	flags.IntVar(&s.rounds, "rounds", 7, "rounds of each side of a ratio; the median round counts")
	flags.DurationVar(&s.round, "round", 2*time.Second, "length of a round")
	flags.BoolVar(&s.debug, "debug", false, "show the gateway's log")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return false, err
	}
	ctrllog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	table := &report{out: os.Stdout}
	for _, name := range strings.Split(*only, ",") {
		known := false
		for _, part := range parts {
			if part.name != name {
				continue
			}
			known = true
			if err := part.run(ctx, s, table); err != nil {
				return false, fmt.Errorf("%s: %w", name, err)
			}
		}
		if !known {
			return false, fmt.Errorf("unknown part %q: want some of %s", name, partNames())
		}
	}
	return table.print(), nil
}
