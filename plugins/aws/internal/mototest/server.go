// Package mototest starts moto, a server that stands in for AWS, for tests and for
// trying the plugin: on loopback, one for all services, as `task moto` installs it.
package mototest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What a client of the server needs. It takes any credentials.
const (
	Region          = "us-east-1"
	AccessKeyID     = "moto-key-id"
	SecretAccessKey = "moto-secret-4f1b"
)

// Server is a running moto.
type Server struct {
	// URL is the endpoint of all services.
	URL string

	process *os.Process
	ended   chan struct{} // closed when it has ended
	said    *tail
}

// startLimit bounds how long moto may take to listen, stopLimit to end.
const (
	startLimit = 60 * time.Second
	stopLimit  = 5 * time.Second
)

// listening is how moto says where it listens.
var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// Start starts a server. dir is where moto is installed; "" is where `task moto`
// puts it in this repository. The caller stops it; it ends with this process, too.
func Start(dir string) (*Server, error) {
	if dir == "" {
		root, err := repository()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(root, ".cache", "moto", "venv")
	}
	executable := filepath.Join(dir, "bin", "moto_server")
	if _, err := os.Stat(executable); err != nil {
		return nil, fmt.Errorf("no moto_server in %s; run: task moto", filepath.Dir(executable))
	}
	cmd := exec.Command(executable, "-H", "127.0.0.1", "-p", "0")
	// What the caller's own AWS is called is no concern of moto's.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = input, input
	s := &Server{ended: make(chan struct{}), said: &tail{}}
	started := make(chan error, 1)
	go func() {
		// The signal comes when the thread ends that started the process.
		runtime.LockOSThread()
		err := cmd.Start()
		_ = input.Close()
		started <- err
		if err == nil {
			_ = cmd.Wait() // that it was killed is no news
		}
		close(s.ended)
	}()
	if err := <-started; err != nil {
		_ = output.Close()
		return nil, fmt.Errorf("start moto: %w", err)
	}
	s.process = cmd.Process
	urls := make(chan string, 1)
	go s.listen(output, urls)
	select {
	case s.URL = <-urls:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("moto ended at once: %s", s.said)
	case <-time.After(startLimit):
		return nil, errors.Join(fmt.Errorf("moto did not listen within %v: %s", startLimit, s.said), s.Stop())
	}
}

// listen reads what moto prints until it ends.
func (s *Server) listen(output io.ReadCloser, urls chan<- string) {
	defer output.Close()
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			select {
			case urls <- found[1]:
			default:
			}
		}
		s.said.add(lines.Text())
	}
	_, _ = io.Copy(io.Discard, output)
}

// Stop ends the server.
func (s *Server) Stop() error {
	_ = s.process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
		return nil
	case <-time.After(stopLimit):
		err := s.process.Kill()
		<-s.ended
		return err
	}
}

// Reset empties the server.
func (s *Server) Reset(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/moto-api/reset", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("resetting moto: it answered %s", res.Status)
	}
	return nil
}

// WriteCredentials writes a file of credentials as AWS's tools have it.
func WriteCredentials(path string) error {
	return os.WriteFile(path, []byte("[default]\naws_access_key_id = "+AccessKeyID+"\naws_secret_access_key = "+SecretAccessKey+"\n"), 0o600)
}

// repository is the root of the one that this process works in.
func repository() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "Taskfile.yml")); missing == nil {
			return dir, nil
		}
	}
	return "", errors.Join(errors.New("not in netweave's repository: name the directory that moto is installed in"), err)
}

// tail keeps the last lines of what was printed.
type tail struct {
	mu    sync.Mutex
	lines []string
}

const kept = 20

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	t.lines = t.lines[max(len(t.lines)-kept, 0):]
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
