// Command redislab runs a real Redis on loopback until it is told to stop: one
// server, or with --sentinels a master with two replicas and three Sentinels.
//
//	redislab --sentinels -- env
//
// What follows "--" is run as a command, with REDIS_ADDRESSES (comma-separated)
// and REDIS_MASTER (the master's name, empty without Sentinels) in its
// environment; its end is redislab's. Without a command both are printed.
// SIGINT and SIGTERM end it, its command and its servers.
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

	"github.com/netweave/netweave/outbound/redis/redistest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "redislab:", err)
		os.Exit(1)
	}
}

func run() error {
	sentinels := flag.Bool("sentinels", false, "a master with two replicas and three Sentinels")
	dir := flag.String("dir", "", "where the servers keep their data (default: a temporary directory)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := redistest.Options{Dir: *dir}
	if *sentinels {
		o.Replicas, o.Sentinels = 2, 3
	}
	cluster, err := redistest.Start(ctx, o)
	if err != nil {
		return err
	}
	err = serve(ctx, cluster, flag.Args())
	if stopErr := cluster.Stop(); err == nil {
		err = stopErr
	}
	return err
}

func serve(ctx context.Context, cluster *redistest.Cluster, command []string) error {
	env := []string{
		"REDIS_ADDRESSES=" + strings.Join(cluster.Addresses(), ","),
		"REDIS_MASTER=" + cluster.MasterName(),
	}
	fmt.Println("ready:", strings.Join(env, " "))
	if len(command) == 0 {
		<-ctx.Done()
		return nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
