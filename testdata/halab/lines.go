package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// lines writes what several processes print, a line at a time.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

// print writes text, behind a name if there is one. What cannot be printed is
// lost: nothing else depends on it.
func (l *lines) print(name, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name != "" {
		text = fmt.Sprintf("%-13s %s", name, text)
	}
	_, _ = io.WriteString(l.out, text)
}

// of returns where a process prints to. One goroutine writes to it.
func (l *lines) of(name string) io.Writer { return &prefixed{to: l, name: name} }

type prefixed struct {
	to   *lines
	name string
	rest []byte
}

// Write passes on whole lines.
func (p *prefixed) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		n := bytes.IndexByte(p.rest, '\n')
		if n < 0 {
			return len(b), nil
		}
		p.to.print(p.name, string(p.rest[:n+1]))
		p.rest = p.rest[n+1:]
	}
}
