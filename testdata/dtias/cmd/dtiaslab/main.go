// Command dtiaslab runs the contract server of package testdata/dtias, which is
// not Dell DTIAS, until it is told to stop.
//
//	dtiaslab --listen 127.0.0.1:9443 --key-file key.txt
//	dtiaslab -- bin/netweave serve --config configs/many.yaml
//
// Once it listens it prints one line that starts with "ready" and ends with its
// URL, which is what the plugin's "endpoint" wants. Whatever follows "--" is then
// run as a command that finds the URL in DTIAS_ENDPOINT and the key in
// DTIAS_API_KEY; its end is dtiaslab's. Without --key-file the key is that of
// DTIAS_API_KEY, else "dtias-lab-key". SIGINT and SIGTERM end it and its command.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/netweave/netweave/testdata/dtias"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "dtiaslab:", err)
		os.Exit(1)
	}
}

func run() error {
	listen := flag.String("listen", "127.0.0.1:0", "loopback address to listen on; port 0 takes a free one")
	keyFile := flag.String("key-file", "", "file with the API key that requests must carry")
	provisioning := flag.Duration("provisioning", 5*time.Second, "how long an allocated server takes to be ready")
	flag.Parse()
	key := cmp.Or(os.Getenv("DTIAS_API_KEY"), "dtias-lab-key")
	if *keyFile != "" {
		raw, err := os.ReadFile(*keyFile)
		if err != nil {
			return err
		}
		if key = strings.TrimSpace(string(raw)); key == "" {
			return fmt.Errorf("%s is empty: write the key into it", *keyFile)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	lab := dtias.New(dtias.Options{APIKey: key, Provisioning: *provisioning})
	server := &http.Server{Handler: lab, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	url := "http://" + listener.Addr().String()
	fmt.Printf("ready: a contract server that is not Dell DTIAS: %s\n", url)
	err = command(ctx, flag.Args(), url, key)
	lab.Close()
	if closing := server.Close(); err == nil {
		err = closing
	}
	if served := <-ended; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	return err
}

// command runs the command, or waits for ctx if there is none.
func command(ctx context.Context, args []string, url, key string) error {
	if len(args) == 0 {
		<-ctx.Done()
		return nil
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "DTIAS_ENDPOINT="+url, "DTIAS_API_KEY="+key)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}
