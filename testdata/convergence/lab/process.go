package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Spec says how a process is run.
type Spec struct {
	// Name is for logs.
	Name string
	// Path and Args are the command.
	Path string
	Args []string
	// Dir is where its log goes, as Name.log.
	Dir string
	// Namespace is the network namespace to run in, "" for that of the test.
	Namespace string
}

// Process is a process that can be ended, stopped and started again. Its methods
// are safe for concurrent use.
type Process struct {
	spec Spec

	mu      sync.Mutex
	cmd     *exec.Cmd
	ended   chan struct{}
	err     error
	asked   bool
	strange []string
}

// NewProcess returns a process that is not started.
func NewProcess(spec Spec) *Process { return &Process{spec: spec} }

// Name returns the spec's.
func (p *Process) Name() string { return p.spec.Name }

// LogFile returns where the output of every run goes.
func (p *Process) LogFile() string { return filepath.Join(p.spec.Dir, p.spec.Name+".log") }

// Start runs the process; it does nothing if it runs already.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return nil
	}
	log, err := os.OpenFile(p.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	path, args := p.spec.Path, p.spec.Args
	if p.spec.Namespace != "" {
		path, args = "ip", append([]string{"netns", "exec", p.spec.Namespace, p.spec.Path}, args...)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	// Its own group, so that a terminal's Ctrl-C ends the test alone, which then
	// ends it; and killed if the test dies without doing so.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := spawn(cmd); err != nil {
		return fmt.Errorf("start %s: %w", p.spec.Name, err)
	}
	p.cmd, p.ended, p.asked = cmd, make(chan struct{}), false
	go p.wait(cmd, p.ended)
	return nil
}

func (p *Process) wait(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.err = nil, err
	if !p.asked {
		p.strange = append(p.strange, fmt.Sprintf("%s ended by itself (%v)", p.spec.Name, err))
	}
	close(ended)
}

// Strange tells of every end that nobody asked for.
func (p *Process) Strange() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.strange
}

// PID returns the process's id, 0 if it does not run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Pause stops the process as SIGSTOP does; Resume lets it go on.
func (p *Process) Pause() error { return p.signal(syscall.SIGSTOP, false) }

// Resume undoes Pause.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT, false) }

// Kill ends it by SIGKILL and waits for its end. A process that does not run is
// left alone.
func (p *Process) Kill() error { return p.end(syscall.SIGKILL, time.Minute) }

// Stop ends it by SIGTERM and waits for its end; the error tells of an exit code
// that is not 0, and of a process that had to be killed.
func (p *Process) Stop(patience time.Duration) error {
	p.mu.Lock()
	running := p.cmd != nil
	p.mu.Unlock()
	if !running {
		return nil
	}
	if err := p.end(syscall.SIGTERM, patience); err != nil {
		return errors.Join(err, p.Kill())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return fmt.Errorf("%s ended with %w", p.spec.Name, p.err)
	}
	return nil
}

func (p *Process) end(signal syscall.Signal, patience time.Duration) error {
	p.mu.Lock()
	ended, running := p.ended, p.cmd != nil
	p.mu.Unlock()
	if !running {
		return nil
	}
	if err := p.signal(signal, true); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s did not end within %s of %s", p.spec.Name, patience, signal)
	}
}

func (p *Process) signal(signal syscall.Signal, end bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	p.asked = p.asked || end
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s to %s: %w", signal, p.spec.Name, err)
	}
	return nil
}

// LogTail returns the last lines of the log.
func (p *Process) LogTail(lines int) string {
	raw, err := os.ReadFile(p.LogFile())
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

var (
	spawnOnce sync.Once
	spawnJobs chan func()
)

// spawn starts every process from one OS thread that never ends: Pdeathsig is
// sent when the thread that started a process ends, whatever becomes of the rest.
func spawn(cmd *exec.Cmd) error {
	spawnOnce.Do(func() {
		spawnJobs = make(chan func())
		go func() {
			runtime.LockOSThread()
			for job := range spawnJobs {
				job()
			}
		}()
	})
	result := make(chan error)
	spawnJobs <- func() { result <- cmd.Start() }
	return <-result
}
