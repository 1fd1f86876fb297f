//go:build integration

// Package kubetest starts a real kube-apiserver on loopback for tests: etcd and
// kube-apiserver as `task servers` builds them.
package kubetest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// patience bounds how long a server may take to start or to end.
const patience = time.Minute

// Server is a running kube-apiserver with its etcd.
type Server struct {
	dir       string
	token     string
	address   string
	apiserver *process
	etcd      *process
}

// Start starts a server. Stop ends it.
func Start() (*Server, error) {
	bin := os.Getenv("NETWEAVE_KUBE_BIN")
	if bin == "" {
		_, here, _, _ := runtime.Caller(0)
		bin = filepath.Join(filepath.Dir(here), "..", "..", "..", ".cache", "bin")
	}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return nil, fmt.Errorf("no %s in %s; run: task servers", name, bin)
		}
	}
	dir, err := os.MkdirTemp("", "netweave-kubetest-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, token: rand.Text()}
	if err := s.start(bin); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(bin string) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	etcd := "http://127.0.0.1:" + ports[0]
	s.etcd, err = s.run(filepath.Join(bin, "etcd"),
		"--data-dir="+filepath.Join(s.dir, "etcd"), "--unsafe-no-fsync", "--log-level=error",
		"--listen-client-urls="+etcd, "--advertise-client-urls="+etcd, "--listen-peer-urls=http://127.0.0.1:"+ports[1])
	if err != nil {
		return err
	}
	key, err := s.write("service-account.key", newKey)
	if err != nil {
		return err
	}
	tokens, err := s.write("tokens.csv", func() ([]byte, error) {
		return []byte(s.token + `,admin,admin,"system:masters"` + "\n"), nil
	})
	if err != nil {
		return err
	}
	s.address = "https://127.0.0.1:" + ports[2]
	s.apiserver, err = s.run(filepath.Join(bin, "kube-apiserver"),
		"--etcd-servers="+etcd, "--secure-port="+ports[2], "--bind-address=127.0.0.1", "--cert-dir="+filepath.Join(s.dir, "certs"),
		"--service-account-issuer=https://127.0.0.1", "--service-account-key-file="+key, "--service-account-signing-key-file="+key,
		"--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC", "--token-auth-file="+tokens,
		"--disable-admission-plugins=ServiceAccount", "--allow-privileged=true")
	if err != nil {
		return err
	}
	return s.awaitReady()
}

// process is a program that this one started, and that does not outlive it.
type process struct {
	*os.Process
	ended chan struct{}
}

// run starts a program. Its parent, as far as its end with us goes, is a thread:
// hence one of its own.
func (s *Server) run(path string, args ...string) (*process, error) {
	out, err := os.Create(filepath.Join(s.dir, filepath.Base(path)+".log"))
	if err != nil {
		return nil, err
	}
	defer out.Close() // the program has its own
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			// It is killed at the end, so Wait has no other news.
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(path), err)
	}
	return &process{Process: cmd.Process, ended: ended}, nil
}

func (s *Server) write(name string, content func() ([]byte, error)) (string, error) {
	raw, err := content()
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, name)
	return path, os.WriteFile(path, raw, 0o600)
}

func newKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), nil
}

// REST returns an administrator's configuration.
func (s *Server) REST() *rest.Config {
	return &rest.Config{
		Host: s.address, BearerToken: s.token, QPS: -1, TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(s.dir, "certs", "apiserver.crt")},
	}
}

func (s *Server) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := s.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			log, readErr := os.ReadFile(filepath.Join(s.dir, "kube-apiserver.log"))
			return errors.Join(fmt.Errorf("kube-apiserver is not ready after %v: %w\n%s", patience, err, tail(log)), readErr)
		}
	}
}

func (s *Server) ready(ctx context.Context) error {
	client, err := rest.HTTPClientFor(s.REST()) // there is no certificate at first
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

func tail(log []byte) []byte { return log[max(0, len(log)-4000):] }

// Pause stops kube-apiserver where it is; Resume lets it go on. Both fail the
// test if they cannot.
func (s *Server) Pause(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume is described at Pause.
func (s *Server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := s.apiserver.Signal(sig); err != nil {
		t.Fatalf("send %v to kube-apiserver: %v", sig, err)
	}
}

// Stop ends the servers and removes what they stored.
func (s *Server) Stop() error {
	var errs []error
	for _, p := range []*process{s.apiserver, s.etcd} {
		if p == nil {
			continue
		}
		if err := p.Kill(); err != nil {
			errs = append(errs, err)
		}
		<-p.ended
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// freePorts returns ports that nobody listened on just now.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// All are open together, so that no two are the same.
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}
