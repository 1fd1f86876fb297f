// Command kubelab runs a real kube-apiserver and etcd on loopback, seeded with
// Nodes and machine objects, until it is told to stop.
//
//	kubelab --kubeconfig .cache/kubelab/kubeconfig --nodes 50
//
// Once the kubeconfig is written and everything is seeded it prints one line
// that starts with "ready". Whatever follows "--" is then run as a command; its
// end is kubelab's. SIGINT and SIGTERM end it, its command and its servers.
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

	"github.com/go-logr/logr"
	"github.com/netweave/netweave/testdata/kubelab"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kubelab:", err)
		os.Exit(1)
	}
}

func run() error {
	flags := flag.NewFlagSet("kubelab", flag.ExitOnError) // the default set is controller-runtime's too
	bin := flags.String("bin", ".cache/bin", "directory of kube-apiserver and etcd")
	crds := flags.String("crds", "testdata/kubelab/crds", "directories of CRDs to install, comma-separated")
	kubeconfig := flags.String("kubeconfig", ".cache/kubelab/kubeconfig", "where to write the administrator's kubeconfig")
	spec := kubelab.Spec{}
	flags.IntVar(&spec.Nodes, "nodes", 50, "number of Nodes")
	flags.IntVar(&spec.MachineSets, "machinesets", 3, "number of MachineSets the Nodes belong to")
	flags.IntVar(&spec.Volumes, "volumes", 10, "number of PersistentVolumes")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	ctrllog.SetLogger(logr.Discard())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	cluster, err := kubelab.Start(kubelab.Config{BinDir: *bin, CRDDirs: strings.Split(*crds, ",")})
	if err != nil {
		return err
	}
	err = serve(ctx, cluster, spec, *kubeconfig, started, flags.Args())
	if stopErr := cluster.Stop(); err == nil {
		err = stopErr
	}
	return err
}

func serve(ctx context.Context, cluster *kubelab.Cluster, spec kubelab.Spec, kubeconfig string, started time.Time, command []string) error {
	if err := kubelab.Seed(ctx, cluster.REST(), spec); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := cluster.WriteKubeconfig(kubeconfig); err != nil {
		return err
	}
	defer os.Remove(kubeconfig)
	fmt.Printf("ready after %s: %d nodes, %d machine sets; kubeconfig in %s\n",
		time.Since(started).Round(time.Millisecond), spec.Nodes, spec.MachineSets, kubeconfig)
	if len(command) == 0 {
		<-ctx.Done()
		return nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
