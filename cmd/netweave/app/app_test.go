package app

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/ports/inventory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func typeName(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%T", v)
}

// readiness turns ready after some questions.
type readiness struct{ left atomic.Int32 }

func (r *readiness) Ready() bool                         { return r.left.Add(-1) < 0 }
func (r *readiness) Statuses() []inventory.BackendStatus { return nil }

func TestHintsComeOnceTheGatewayIsReady(t *testing.T) {
	bound := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	c := &config.Config{Adapters: []config.Adapter{
		{Name: "lab", Type: "mock", Enabled: true, Default: true}, {Name: "off"}, {Name: "metal", Enabled: true},
	}}
	c.Subscriptions.Callbacks.AllowLoopbackHTTP = true
	const want = `
netweave is ready on http://127.0.0.1:8080, in front of lab, metal. Try:

  curl 'http://127.0.0.1:8080/o2ims/v1/resourcePools'
  curl 'http://127.0.0.1:8080/o2ims/v1/resources?limit=3&fields=name'
  curl -H 'Content-Type: application/json' -d '{"name":"edge-1"}' http://127.0.0.1:8080/o2ims/v1/resourcePools

To hear of changes, run "bin/netweave receive" in another terminal and subscribe it:

  curl -H 'Content-Type: application/json' -d '{"callback":"http://127.0.0.1:9000/"}' http://127.0.0.1:8080/o2ims/v1/subscriptions

Ctrl-C stops it.

`
	r := &readiness{}
	r.left.Store(2)
	var out bytes.Buffer
	if err := hintWhenReady(t.Context(), Surroundings{Program: "bin/netweave", Stdout: &out}, c, bound, r); err != nil || out.String() != want {
		t.Errorf("got %v and\n%s\nwant\n%s", err, out.String(), want)
	}

	r.left.Store(1 << 30)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	out.Reset()
	if err := hintWhenReady(ended, Surroundings{Stdout: &out}, c, bound, r); err != nil || out.Len() > 0 {
		t.Errorf("stopped before it was ready: got %v and %q", err, out.String())
	}
}

// Nobody is told to create a pool in what may be a real cloud.
func TestHintsOnlyReadFromRealBackends(t *testing.T) {
	for _, adapters := range [][]config.Adapter{
		{{Name: "cloud", Type: "kubernetes", Enabled: true}},
		{{Name: "cloud", Type: "kubernetes", Enabled: true, Default: true}, {Name: "lab", Type: "mock", Enabled: true}},
		{{Name: "cloud", Type: "kubernetes", Enabled: true}, {Name: "lab", Type: "mock", Enabled: true}},
	} {
		var out bytes.Buffer
		if err := printHints(Surroundings{Stdout: &out}, &config.Config{Adapters: adapters}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); strings.Contains(text, "-d ") || !strings.Contains(text, "  curl 'http://127.0.0.1:8080/o2ims/v1/deploymentManagers'\n") {
			t.Errorf("%v: got\n%s", adapters, text)
		}
	}
}

func TestHintsNameTheCertificatesToShow(t *testing.T) {
	var out bytes.Buffer
	c := &config.Config{Server: config.Server{TLS: config.TLS{CertFile: "c", KeyFile: "k", ClientCAFile: "ca"}}}
	if err := printHints(Surroundings{Stdout: &out}, c, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8443}); err != nil {
		t.Fatal(err)
	}
	if want := "curl --cacert CA.pem --cert CLIENT.pem --key CLIENT-KEY.pem 'https://127.0.0.1:8443/"; !bytes.Contains(out.Bytes(), []byte(want)) {
		t.Errorf("no %q in\n%s", want, out.String())
	}
	out.Reset()
	if err := printHints(Surroundings{Stdout: &out}, c, &net.TCPAddr{IP: net.IPv6unspecified, Port: 8443}); err != nil {
		t.Fatal(err)
	}
	if want := "'https://localhost:8443/o2ims"; !bytes.Contains(out.Bytes(), []byte(want)) {
		t.Errorf("every address: no %q in\n%s", want, out.String())
	}
}

func TestAccessLogSinks(t *testing.T) {
	var stdout bytes.Buffer
	path := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		config config.AccessLog
		want   string
	}{
		{"off", config.AccessLog{Path: path}, ""},
		{"standard output", config.AccessLog{Enabled: true, Path: "-"}, "*bytes.Buffer"},
		{"file", config.AccessLog{Enabled: true, Path: path}, "*os.File"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, closer, err := openSink(tc.config, &stdout)
			if err != nil || typeName(out) != tc.want {
				t.Fatalf("got %T, %v, want %q", out, err, tc.want)
			}
			if out != nil {
				if _, err := out.Write([]byte("line\n")); err != nil {
					t.Error(err)
				}
			}
			if err := closeSink(closer); err != nil {
				t.Error(err)
			}
		})
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old\nline\n" || stdout.String() != "line\n" {
		t.Errorf("file %q, standard output %q, %v", got, stdout.String(), err)
	}
	if _, _, err := openSink(config.AccessLog{Enabled: true, Path: filepath.Join(path, "x")}, &stdout); err == nil {
		t.Error("a path below a file was opened")
	}
}
