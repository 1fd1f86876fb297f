package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// rest is how long a process that has ended is not there.
	rest = 5 * time.Second
	// patience is how long a process has to end when it is told to.
	patience = 20 * time.Second
)

// process is one process of netweave, kept running.
type process struct {
	name, address string
	program       string
	args, env     []string
	out           *lines
	pid           atomic.Int64
}

// keep runs the process until ctx ends, again and again if it ends by itself.
func (p *process) keep(ctx context.Context) error {
	runtime.LockOSThread() // Pdeathsig is of the thread
	defer runtime.UnlockOSThread()
	for {
		err := p.once(ctx)
		if ctx.Err() != nil {
			return err
		}
		p.out.print(p.name, fmt.Sprintf("ended (%v); it is started again in %s\n", err, rest))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
	}
}

// once runs the process to its end, which ctx brings about.
func (p *process) once(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.program, p.args...)
	cmd.Env = p.env
	out := p.out.of(p.name)
	cmd.Stdout, cmd.Stderr = out, out
	// An interrupt at the terminal is for the lab, which ends them in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.pid.Store(int64(cmd.Process.Pid))
	if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != 0 {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// ready reports whether the process says that it is.
func (p *process) ready(ctx context.Context, client *http.Client) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}
