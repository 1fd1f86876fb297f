package pluginhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runner is one operating system process, in the form that go-plugin runs. Our
// own instead of go-plugin's for three reasons: it starts on the spawner's
// thread, it ends the plugin's whole process group, and it keeps standard error
// to itself, because go-plugin's log reader panics on a line whose "@message"
// is no string.
type runner struct {
	spawner *spawner
	path    string
	env     []string
	stderr  io.Writer
	exited  chan struct{} // closed when the process is gone and reaped

	mu      sync.Mutex
	running bool
	killed  bool
	pid     int
	stdout  *os.File
	err     error // how it ended; set before exited is closed
}

// lastWords is how long the end of a dead process's output is waited for.
const lastWords = time.Second

func newRunner(s *spawner, path string, stderr io.Writer) *runner {
	return &runner{spawner: s, path: path, stderr: stderr, exited: make(chan struct{})}
}

// Start starts the process with the environment that go-plugin completed.
func (r *runner) Start(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.killed {
		return errors.New("stopped before it was started")
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, outR.Close(), outW.Close())
	}
	cmd, err := r.spawner.spawn(func() *exec.Cmd {
		// Its working directory is ours: a relative path means the same in an
		// adapter's configuration as elsewhere in the file.
		return &exec.Cmd{Path: r.path, Args: []string{r.path}, Env: r.env, Stdout: outW, Stderr: errW}
	})
	if closed := errors.Join(outW.Close(), errW.Close()); err == nil {
		err = closed
	}
	if err != nil {
		err = errors.Join(err, outR.Close(), errR.Close())
		if errors.Is(err, syscall.EACCES) {
			err = fmt.Errorf("%w (is the state directory mounted noexec?)", err)
		}
		return err
	}
	r.running, r.pid, r.stdout = true, cmd.Process.Pid, outR
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		// Its errors are the pipe's end in one form or another.
		_, _ = io.Copy(r.stderr, errR)
		_ = errR.Close()
	}()
	go r.reap(cmd, errR, copied)
	return nil
}

// reap waits for the process, ends what is left of its group while its pid
// still is taken, and only then lets the pid go.
func (r *runner) reap(cmd *exec.Cmd, stderr *os.File, copied <-chan struct{}) {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	r.mu.Lock()
	killGroup(r.pid)
	r.running, r.err = false, cmd.Wait()
	r.mu.Unlock()
	// A process that left the group may still hold the pipes: do not wait for it.
	deadline := time.Now().Add(lastWords)
	_ = errors.Join(stderr.SetReadDeadline(deadline), r.stdout.SetReadDeadline(deadline))
	<-copied
	close(r.exited)
}

// Wait waits for the end of the process and returns how it ended. go-plugin
// calls it once, when it has read standard output to its end.
func (r *runner) Wait(context.Context) error {
	<-r.exited
	return errors.Join(r.err, r.stdout.Close())
}

// Kill is kill, as go-plugin calls it.
func (r *runner) Kill(context.Context) error {
	r.kill()
	return nil
}

// kill ends the process and all that it started, now. It may be called at any
// time, also before Start, which then fails.
func (r *runner) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.killed = true
	if r.running {
		killGroup(r.pid)
	}
}

// killGroup ends every process of the group. An empty group is no error.
func killGroup(pgid int) { _ = syscall.Kill(-pgid, syscall.SIGKILL) }

// explain adds to err how the process ended, if it ended by itself.
func (r *runner) explain(err error) error {
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-r.exited:
	case <-timer.C:
		return err
	}
	if r.err == nil {
		return fmt.Errorf("%w (exit status 0)", err)
	}
	if exit, ok := errors.AsType[*exec.ExitError](r.err); ok {
		if st, ok := exit.Sys().(syscall.WaitStatus); ok && st.Signaled() && st.Signal() == syscall.SIGKILL {
			return err // by us, most likely
		}
	}
	return fmt.Errorf("%w (%w)", err, r.err)
}

// Stdout is where go-plugin reads the handshake, and then empties the pipe for
// as long as its lines are short.
func (r *runner) Stdout() io.ReadCloser { return &shortLines{File: r.stdout} }

// Stderr gives go-plugin nothing to read: see runner.
func (r *runner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the executable's path.
func (r *runner) Name() string { return r.path }

// ID is the process id, "" before the start.
func (r *runner) ID() string {
	if pid := r.pidOf(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// pidOf returns the process id, 0 if no process was started.
func (r *runner) pidOf() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pid
}

// Diagnose adds nothing: the executable was checked before.
func (r *runner) Diagnose(context.Context) string { return "" }

// PluginToHost returns the address as it is: both run in one place.
func (r *runner) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin returns the address as it is.
func (r *runner) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// shortLines breaks lines that never end: at the first one go-plugin would stop
// reading, and whoever writes to the full pipe would hang.
type shortLines struct {
	*os.File
	run int // bytes since the last line's end
}

// maxStdoutLine is far beyond a handshake's line, and within what a
// bufio.Scanner takes.
const maxStdoutLine = 32 << 10

// Read reads, or ends a line that is too long.
func (s *shortLines) Read(p []byte) (int, error) {
	if s.run >= maxStdoutLine && len(p) > 0 {
		p[0], s.run = '\n', 0
		return 1, nil
	}
	n, err := s.File.Read(p[:min(len(p), maxStdoutLine-s.run)])
	if end := bytes.LastIndexByte(p[:n], '\n'); end >= 0 {
		s.run = n - end - 1
	} else {
		s.run += n
	}
	return n, err
}
