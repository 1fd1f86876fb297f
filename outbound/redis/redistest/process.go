package redistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is one redis-server or redis-sentinel. Its methods are safe for
// concurrent use.
type Server struct {
	name     string // "redis-0", "sentinel-1"
	sentinel bool
	dir      string
	port     int
	lines    []string // of the configuration, at its first start
	out      io.Writer
	client   *redis.Client

	mu  sync.Mutex
	run *run // nil while it does not run
}

// run is one life of a server.
type run struct {
	process *os.Process
	ended   chan struct{}
	exit    error // once ended
	output  lastLines
}

// Address is where the server listens, for as long as the cluster is there.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Name tells the servers of a cluster apart: "redis-0", "sentinel-0".
func (s *Server) Name() string { return s.name }

// Client speaks to the server as a user who may do everything. It is closed with
// the cluster.
func (s *Server) Client() *redis.Client { return s.client }

// Running tells whether the process is there, paused or not.
func (s *Server) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run != nil && !s.run.over()
}

// Kill ends the server with SIGKILL and waits for its end.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Pause stops the server with SIGSTOP: its connections stay, and nobody answers.
func (s *Server) Pause() error { return s.signal(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }

// Restart starts a server that was killed, with what it had on disk. It returns
// once the server answers, be it that it loads its data yet.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil && !s.run.over() {
		return fmt.Errorf("%s is running", s.name)
	}
	return s.launch(ctx)
}

func (s *Server) signal(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil || s.run.over() {
		return fmt.Errorf("%s is not running", s.name)
	}
	return s.run.process.Signal(sig)
}

// end is no error if the server is down already.
func (s *Server) end(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return nil
	}
	if err := s.run.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", s.name, err)
	}
	<-s.run.ended
	s.run = nil
	return nil
}

// create writes the configuration and starts the server on a free port. The
// port lies below those that the kernel gives to clients, so that it is free
// again when the server restarts.
func (s *Server) create(ctx context.Context, portLine func(port int) []string) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	var err error
	for range 20 {
		s.port = 20000 + rand.IntN(12000)
		lines := append(portLine(s.port), s.lines...)
		if err = os.WriteFile(s.configPath(), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			return err
		}
		if !free(s.Address()) {
			err = fmt.Errorf("port %d is taken", s.port)
			continue
		}
		if err = s.launch(ctx); err == nil || !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "bind") {
			return err
		}
	}
	return err
}

func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func (s *Server) configPath() string { return filepath.Join(s.dir, "redis.conf") }

// launch starts the process and waits for an answer.
func (s *Server) launch(ctx context.Context) error {
	args := []string{s.configPath()}
	if s.sentinel {
		args = append(args, "--sentinel")
	}
	cmd := exec.Command("redis-server", args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true} // an interrupt is for us
	r := &run{ended: make(chan struct{})}
	cmd.Stdout = io.MultiWriter(&r.output, s.out)
	cmd.Stderr = cmd.Stdout
	started := make(chan error, 1)
	go func() {
		// The signal on the parent's death is sent when the thread ends that started
		// the child: it has to live as long.
		runtime.LockOSThread()
		err := cmd.Start()
		r.process = cmd.Process
		started <- err
		if err == nil {
			r.exit = cmd.Wait()
			close(r.ended)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.run = r
	return s.answers(ctx, r)
}

// answers waits until the process speaks Redis, whatever it says.
func (s *Server) answers(ctx context.Context, r *run) error {
	address := s.Address()
	for {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			return nil
		}
		select {
		case <-r.ended:
			return fmt.Errorf("start %s: %w (%s): %s", s.name, errEnded, fmt.Sprint(r.exit), r.output.String())
		case <-ctx.Done():
			return fmt.Errorf("start %s: %w: %s", s.name, ctx.Err(), r.output.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (r *run) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// lastLines keeps the end of what a server wrote.
type lastLines struct {
	mu  sync.Mutex
	buf []byte
}

// Write keeps the last 4 KiB.
func (l *lastLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, p...)
	if over := len(l.buf) - 4096; over > 0 {
		l.buf = l.buf[over:]
	}
	return len(p), nil
}

// String returns it.
func (l *lastLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.TrimSpace(l.buf))
}
