package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/outbound/openaccess"
)

// receivedBytes is how much of a notification is shown.
const receivedBytes = 1 << 20

func newReceive() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "receive",
		Short: "Print the notifications that are POSTed to this machine, for trying subscriptions",
		Long: `Listens on a loopback address, takes every POST with 204 and prints it: the time,
its webhook-id, and its body. Stop it with Ctrl-C, start it again, and see what was
kept for it meanwhile.`,
		Example: `  netweave receive
  curl -H 'Content-Type: application/json' -d '{"callback":"http://127.0.0.1:9000/"}' \
    http://127.0.0.1:8080/o2ims/v1/subscriptions`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			stop, _, release := onSignals(c.Context())
			defer release()
			return receive(stop, listen, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:9000", "the loopback address to listen on")
	return c
}

// receive prints what is POSTed to address until ctx ends.
func receive(ctx context.Context, address string, out io.Writer) error {
	if !openaccess.IsLoopback(address) {
		return fmt.Errorf("%s is no loopback address: anybody could fill this terminal", address)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "receiving on http://%s/\n", l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: &receiver{out: out}, ReadTimeout: 30 * time.Second, ReadHeaderTimeout: 10 * time.Second}
	end := context.AfterFunc(ctx, func() { _ = server.Close() }) // Serve returns its error
	defer end()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// receiver prints requests, one at a time.
type receiver struct {
	mu  sync.Mutex
	out io.Writer
}

// ServeHTTP takes a POST, once it is printed.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "notifications are POSTed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, receivedBytes))
	if err != nil {
		http.Error(w, "the body did not arrive", http.StatusBadRequest)
		return
	}
	var shown bytes.Buffer
	if json.Indent(&shown, body, "", "  ") != nil {
		shown.Reset()
		fmt.Fprintf(&shown, "%q", body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := fmt.Fprintf(r.out, "%s %q webhook-id %q\n%s\n", time.Now().Format("15:04:05.000"), req.URL.Path,
		req.Header.Get("Webhook-Id"), &shown); err != nil {
		http.Error(w, "it cannot be printed", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
