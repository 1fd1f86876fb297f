// Command kubelab runs a real kube-apiserver and etcd on loopback, seeded with
// Nodes and machine objects, until it is told to stop.
//
//	kubelab --kubeconfig .cache/kubelab/kubeconfig --nodes 50
//
// Once the kubeconfig is written and everything is seeded it prints one line
// that starts with "ready". SIGINT and SIGTERM end it and its servers.
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
	bin := flag.String("bin", ".cache/bin", "directory of kube-apiserver and etcd")
	crds := flag.String("crds", "testdata/kubelab/crds", "directories of CRDs to install, comma-separated")
	kubeconfig := flag.String("kubeconfig", ".cache/kubelab/kubeconfig", "where to write the administrator's kubeconfig")
	spec := kubelab.Spec{}
	flag.IntVar(&spec.Nodes, "nodes", 50, "number of Nodes")
	flag.IntVar(&spec.MachineSets, "machinesets", 3, "number of MachineSets the Nodes belong to")
	flag.IntVar(&spec.Volumes, "volumes", 10, "number of PersistentVolumes")
	flag.Parse()
	ctrllog.SetLogger(logr.Discard())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	cluster, err := kubelab.Start(kubelab.Config{BinDir: *bin, CRDDirs: strings.Split(*crds, ",")})
	if err != nil {
		return err
	}
	err = serve(ctx, cluster, spec, *kubeconfig, started)
	if stopErr := cluster.Stop(); err == nil {
		err = stopErr
	}
	return err
}

func serve(ctx context.Context, cluster *kubelab.Cluster, spec kubelab.Spec, kubeconfig string, started time.Time) error {
	if err := kubelab.Seed(ctx, cluster.REST(), spec); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := cluster.WriteKubeconfig(kubeconfig); err != nil {
		return err
	}
	defer os.Remove(kubeconfig)
	fmt.Printf("ready after %s: %d nodes, %d machine sets; kubeconfig in %s\n",
		time.Since(started).Round(time.Millisecond), spec.Nodes, spec.MachineSets, kubeconfig)
	<-ctx.Done()
	return nil
}
