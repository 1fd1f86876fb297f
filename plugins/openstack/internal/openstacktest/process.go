package openstacktest

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

// patience is how long a process has to end by itself.
const patience = 10 * time.Second

// process is one that runs until it is stopped.
type process struct {
	name, log string
	cmd       *exec.Cmd
	ended     chan struct{}
	err       error // once it has ended
}

// spawn starts every process from one OS thread that never ends: Pdeathsig is sent
// when the thread ends that started a child.
var spawn = sync.OnceValue(func() func(*exec.Cmd) error {
	type order struct {
		cmd  *exec.Cmd
		done chan error
	}
	orders := make(chan order)
	go func() {
		runtime.LockOSThread()
		for o := range orders {
			o.done <- o.cmd.Start()
		}
	}()
	return func(cmd *exec.Cmd) error {
		o := order{cmd: cmd, done: make(chan error)}
		orders <- o
		return <-o.done
	}
})

// command makes a process that ends with this one.
func command(dir, log string, env, args []string) (*exec.Cmd, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, out, out
	// In a group of its own: an interrupt is for us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd, nil
}

// begin starts a process.
func begin(name, dir string, env []string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(dir, name+".log"), ended: make(chan struct{})}
	cmd, err := command(dir, p.log, env, args)
	if err != nil {
		return nil, err
	}
	p.cmd = cmd
	err = spawn()(cmd)
	cmd.Stdout.(*os.File).Close()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// run runs a command to its end.
func run(name, dir string, env []string, args ...string) error {
	p, err := begin(name, dir, env, args...)
	if err != nil {
		return err
	}
	<-p.ended
	if p.err != nil {
		return p.failure()
	}
	return nil
}

// stop ends the process, gently at first.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
	}
}

func (p *process) dead() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// errPortTaken is in the error of a process whose port someone else took.
var errPortTaken = errors.New("its port is taken")

// reason is how it ended: none of the processes is to end by itself.
func (p *process) reason() error {
	if p.err == nil {
		return errors.New("as if its work were done")
	}
	return p.err
}

// failure tells why it ended, by the end of its log.
func (p *process) failure() error {
	raw, _ := os.ReadFile(p.log) // no log, no lines
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	last := strings.Join(lines[max(len(lines)-15, 0):], "\n")
	if strings.Contains(last, "ddress already in use") {
		return fmt.Errorf("%s: %w", p.name, errPortTaken)
	}
	return fmt.Errorf("%s ended (%w); its last words:\n%s", p.name, p.reason(), last)
}
