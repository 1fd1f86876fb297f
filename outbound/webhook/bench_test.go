package webhook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/netweave/netweave/ports/webhook"
)

// BenchmarkSend compares a sender with a bare client that POSTs the same bodies
// over as many connections.
func BenchmarkSend(b *testing.B) {
	server := serve(b, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	body := bytes.Repeat([]byte("x"), 1500)
	b.Run("sender", func(b *testing.B) {
		s := start(b, Config{AllowLoopbackHTTP: true})
		n := webhook.Notification{EventID: eventID, Tenant: "t", Callback: server.URL + "/n", Secret: "s", ContentType: "application/json", Body: body}
		post(b, func(ctx context.Context) error { return s.Send(ctx, n) })
	})
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
		defer client.CloseIdleConnections()
		post(b, func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/n", bytes.NewReader(body))
			if err != nil {
				return err
			}
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			return resp.Body.Close()
		})
	})
}

func post(b *testing.B, send func(context.Context) error) {
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := send(b.Context()); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
