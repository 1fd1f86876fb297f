package httpserver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/inventory"
)

// The whole chain beside a bare handler that writes the same bytes, with the
// access log and the metrics on. BenchmarkHandler is the work of the handlers
// alone, BenchmarkRequest a request over a connection, client included.

var benchmarks = []struct{ name, path string }{
	{"object", "/o2ims/v1/resources/eeeeeeee-0000-4000-8000-000000000007"},
	{"pools", "/o2ims/v1/resourcePools"},
	{"page250", "/o2ims/v1/resources?limit=250"},
	{"filtered", "/o2ims/v1/resources?limit=100&filter=(eq,resourcePoolId,aaaaaaaa-0000-4000-8000-000000000001)&fields=name"},
}

func benchGateway(b *testing.B) *gateway {
	b.Helper()
	return newGateway(b, site(1000), func(_ *httpserver.Config, d *httpserver.Dependencies) {
		d.AccessLog, d.Logger = io.Discard, slog.New(slog.DiscardHandler)
		d.Reader = sorted(d.Reader)
	})
}

// ready answers from lists that are in order already, as the core's views are,
// so that the benchmark measures what is around them.
type ready struct {
	items [o2.KindCount][]inventory.Item
}

func sorted(r inventory.Reader) *ready {
	all := &ready{}
	sc := scope.New(scope.Identity{Tenant: scope.DefaultTenant})
	for _, k := range o2.InventoryKinds() {
		page, err := r.List(context.Background(), sc, inventory.Query{Kind: k, Limit: 1 << 20})
		if err != nil {
			panic(err)
		}
		all.items[k] = page.Items
	}
	return all
}

func (r *ready) Get(_ context.Context, _ scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, inventory.Freshness, error) {
	items := r.items[kind]
	i, ok := slices.BinarySearchFunc(items, id, func(item inventory.Item, id o2.ID) int {
		return strings.Compare(string(item.Object().Head().ID), string(id))
	})
	if !ok {
		return nil, inventory.Freshness{}, inventory.ErrNotFound
	}
	return items[i], inventory.Freshness{}, nil
}

func (r *ready) List(_ context.Context, _ scope.Scope, q inventory.Query) (inventory.Page, error) {
	items := r.items[q.Kind]
	n := min(q.Limit, len(items))
	return inventory.Page{Items: items[:n], More: n < len(items)}, nil
}

func bare(body string) http.Handler {
	content, length := []byte(body), strconv.Itoa(len(body))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(content) // the benchmark's own client
	})
}

type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}

func BenchmarkHandler(b *testing.B) {
	g := benchGateway(b)
	for _, bm := range benchmarks {
		for name, h := range map[string]http.Handler{"gateway": g.server.Handler(), "bare": bare(g.get(bm.path).body)} {
			b.Run(bm.name+"/"+name, func(b *testing.B) {
				r := httptest.NewRequest(http.MethodGet, "http://localhost"+bm.path, nil)
				r.Header.Set("Accept-Encoding", "identity")
				r.Header.Set("Accept", "application/json")
				b.ReportAllocs()
				for b.Loop() {
					h.ServeHTTP(&nowhere{http.Header{}}, r)
				}
			})
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	g := benchGateway(b)
	for _, bm := range benchmarks {
		for name, h := range map[string]http.Handler{"gateway": g.server.Handler(), "bare": bare(g.get(bm.path).body)} {
			b.Run(bm.name+"/"+name, func(b *testing.B) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				s := &http.Server{Handler: h} // loopback, for the length of a benchmark
				done := make(chan error, 1)
				go func() { done <- s.Serve(l) }()
				transport := &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}
				client := &http.Client{Transport: transport}
				url := "http://" + l.Addr().String() + bm.path
				b.SetParallelism(4)
				before := processorTime(b)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						res, err := client.Get(url)
						if err != nil {
							b.Error(err)
							return
						}
						if _, err := io.Copy(io.Discard, res.Body); err != nil {
							b.Error(err)
						}
						_ = res.Body.Close() // read to its end
					}
				})
				b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
				transport.CloseIdleConnections()
				if err := s.Close(); err != nil {
					b.Error(err)
				}
				if err := <-done; !errors.Is(err, http.ErrServerClosed) {
					b.Error(err)
				}
			})
		}
	}
}

// processorTime is what the process has used so far: unlike the clock, it does not
// count what others do on the machine meanwhile.
func processorTime(b *testing.B) int64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
