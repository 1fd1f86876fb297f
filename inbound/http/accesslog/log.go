// Package accesslog writes one JSON line for each request, without making any
// request wait for the disk: lines gather in memory and one goroutine writes
// them every second, sooner when many gather, and at Close.
//
// When the sink cannot keep up, lines are dropped and counted rather than
// requests delayed.
package accesslog

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	flushEvery = time.Second
	flushAt    = 256 << 10 // bytes gathered that wake the writer early
	dropAt     = 8 << 20   // bytes gathered past which lines are dropped
)

// Log is an access log. Its methods are safe for concurrent use.
type Log struct {
	sink   io.Writer
	logger *slog.Logger

	mu      sync.Mutex
	gather  []byte
	dropped uint64
	closed  bool
	clock   clock

	spare []byte // the writer's, between swaps
	wake  chan struct{}
	stop  chan struct{}
	done  chan struct{}
	last  error // the last write's; to be read after done
}

// New starts a log that writes to sink. Troubles with sink go to logger, once
// each time it breaks. Close stops it; sink stays open.
func New(sink io.Writer, logger *slog.Logger) *Log {
	l := &Log{
		sink: sink, logger: logger,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go l.run()
	return l
}

// Append adds the line of one request.
func (l *Log) Append(e *Entry) {
	l.mu.Lock()
	if l.closed || len(l.gather) >= dropAt {
		l.dropped++
		l.mu.Unlock()
		return
	}
	l.gather = e.appendTo(l.gather, &l.clock)
	full := len(l.gather) >= flushAt
	l.mu.Unlock()
	if full {
		select {
		case l.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Close writes what has gathered and stops the log; lines that come later are
// dropped. It returns the error of the last write, however often it is called.
func (l *Log) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.stop)
	}
	l.mu.Unlock()
	<-l.done
	return l.last
}

func (l *Log) run() {
	defer close(l.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.wake:
		case <-l.stop:
			l.flush()
			return
		}
		l.flush()
	}
}

// flush writes what has gathered; the run goroutine alone calls it. What cannot be
// written is lost, and told once until it works again.
func (l *Log) flush() {
	l.mu.Lock()
	lines, dropped := l.gather, l.dropped
	l.gather, l.dropped = l.spare[:0], 0
	l.mu.Unlock()
	if cap(lines) <= 4*flushAt {
		l.spare = lines
	} else {
		l.spare = nil // a burst's memory is not kept
	}
	if dropped > 0 {
		l.logger.Warn("access log lines dropped: the sink cannot keep up", "lines", dropped)
	}
	if len(lines) == 0 {
		return
	}
	_, err := l.sink.Write(lines)
	if err != nil {
		err = fmt.Errorf("writing the access log: %w", err)
		if l.last == nil {
			l.logger.Error("access log cannot be written", "error", err)
		}
	}
	l.last = err
}
