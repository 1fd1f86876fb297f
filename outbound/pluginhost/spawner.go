package pluginhost

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// spawner starts every process from one OS thread that lives as long as it
// does. Pdeathsig is sent when the thread that started a child ends, not when
// the process does: from a thread of Go's pool plugins would die at random.
type spawner struct {
	jobs chan func()
	done chan struct{}
}

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func()), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *spawner) run() {
	defer close(s.done)
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
	for job := range s.jobs {
		job()
	}
}

// spawn starts what build returns, so that it is killed if this process dies.
func (s *spawner) spawn(build func() *exec.Cmd) (*exec.Cmd, error) {
	var cmd *exec.Cmd
	var err error
	done := make(chan struct{})
	s.jobs <- func() {
		defer close(done)
		cmd, err = start(build)
	}
	<-done
	return cmd, err
}

// start tries again while the file is busy: a child that another thread is
// forking at this moment holds the copy's descriptor until it executes.
func start(build func() *exec.Cmd) (*exec.Cmd, error) {
	for attempt := 1; ; attempt++ {
		cmd := build()
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Pdeathsig: syscall.SIGKILL,
			// Its own group: a terminal's Ctrl-C is for us, who then drain it; and
			// what it starts itself can be ended with it.
			Setpgid: true,
		}
		err := cmd.Start()
		if !errors.Is(err, syscall.ETXTBSY) || attempt == 10 {
			return cmd, err
		}
		time.Sleep(time.Duration(attempt) * 5 * time.Millisecond)
	}
}

// close ends the thread. It is called when no plugin runs any more.
func (s *spawner) close() {
	close(s.jobs)
	<-s.done
}
