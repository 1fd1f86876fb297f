// Command openstacklab runs a real Keystone, Placement and Nova on loopback, with
// aggregates, flavors and servers, until it is told to stop.
//
//	openstacklab -- env
//
// What follows "--" is run as a command, with OS_* variables that log in as admin
// and OPENSTACK_IMAGE in its environment; its end is openstacklab's. Without a
// command they are printed. SIGINT and SIGTERM end it, its command and its servers.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/openstacktest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "openstacklab:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("dir", ".", "a folder of the repository")
	seed := flag.Bool("seed", true, "make aggregates, flavors and servers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	stack, err := openstacktest.Start(ctx, openstacktest.Options{Dir: *dir})
	if err != nil {
		return err
	}
	err = serve(ctx, stack, *seed, started, flag.Args())
	if stopErr := stack.Stop(); err == nil {
		err = stopErr
	}
	return err
}

func serve(ctx context.Context, stack *openstacktest.Stack, seed bool, started time.Time, command []string) error {
	if seed {
		if _, err := stack.Seed(ctx); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	fmt.Printf("ready after %s: Keystone on %s\n", time.Since(started).Round(time.Millisecond), stack.AuthURL)
	if len(command) == 0 {
		fmt.Println(strings.Join(stack.Environment(), "\n"))
		<-ctx.Done()
		return nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), stack.Environment()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
