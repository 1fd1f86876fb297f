// Command motolab runs moto, a server that stands in for AWS, on loopback, seeded
// with two Auto Scaling groups and an EKS cluster, until it is told to stop.
//
//	motolab -- bin/netweave serve --config configs/many.yaml
//
// Once everything is seeded it prints one line that starts with "ready" and ends
// with its URL. Whatever follows "--" is then run as a command that finds the URL
// in AWS_ENDPOINT_URL, the region in AWS_REGION and a file of credentials in
// AWS_SHARED_CREDENTIALS_FILE; its end is motolab's. SIGINT and SIGTERM end it,
// its command and its server. Tags, instances and pools are changed with any of
// AWS's tools at that URL.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/netweave/netweave/plugins/aws/internal/mototest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "motolab:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("moto", "", "directory that moto is installed in (default .cache/moto/venv of this repository)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := mototest.Start(*dir)
	if err != nil {
		return err
	}
	err = serve(ctx, server, flag.Args())
	if stopErr := server.Stop(); err == nil {
		err = stopErr
	}
	return err
}

func serve(ctx context.Context, server *mototest.Server, args []string) error {
	if _, err := server.Seed(ctx); err != nil {
		return err
	}
	private, err := os.MkdirTemp("", "motolab-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(private)
	file := filepath.Join(private, "credentials")
	if err := mototest.WriteCredentials(file); err != nil {
		return err
	}
	fmt.Printf("ready: moto, which is not AWS: %s\n", server.URL)
	if len(args) == 0 {
		<-ctx.Done()
		return nil
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+server.URL, "AWS_REGION="+mototest.Region, "AWS_SHARED_CREDENTIALS_FILE="+file)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}
