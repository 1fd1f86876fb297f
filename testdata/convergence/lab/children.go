package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// children returns the processes that pid has started, as proc_pid_stat(5)
// tells, whose executable has that name; "" for any.
func children(pid int, name string) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		// The second field is the name in parentheses and may hold anything.
		rest := string(stat[strings.LastIndexByte(string(stat), ')')+1:])
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(pid) {
			continue
		}
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		if args := commandLine(child); name == "" || len(args) > 0 && filepath.Base(args[0]) == name {
			found = append(found, child)
		}
	}
	return found, nil
}

// commandLine returns a process's arguments, none if it has ended.
func commandLine(pid int) []string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(raw) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00")
}

// SignalChildren sends a signal to what p has started: its plugins.
func (p *Process) SignalChildren(signal syscall.Signal) error {
	pid := p.PID()
	if pid == 0 {
		return nil
	}
	pids, err := children(pid, "")
	if err != nil {
		return err
	}
	for _, child := range pids {
		if err := syscall.Kill(child, signal); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("%s to a child of %s: %w", signal, p.spec.Name, err)
		}
	}
	return nil
}
