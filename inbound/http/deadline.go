package httpserver

import (
	"net"
	"sync/atomic"
	"time"
)

// coarseness: a deadline for writing may come that fraction of its time early.
const coarseness = 32

// CoarseWrites returns l, whose connections set a deadline for writing only if it
// is not much the same as the one that is set. net/http sets one for each request,
// timeout from then; each costs a timer's change. It may thus come early by a 32nd
// of timeout, and never late.
func CoarseWrites(l net.Listener, timeout time.Duration) net.Listener {
	if timeout <= 0 {
		return l
	}
	return &coarseListener{l, timeout / coarseness}
}

type coarseListener struct {
	net.Listener
	slack time.Duration
}

// Accept waits for the next connection.
func (l *coarseListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err // net/http looks at the error's own type
	}
	return &coarseConn{Conn: c, slack: l.slack}, nil
}

type coarseConn struct {
	net.Conn
	slack time.Duration
	// set is the deadline for writing, in nanoseconds of Unix time; 0 for none.
	set atomic.Int64
}

// SetWriteDeadline is as in net.Conn, give or take what CoarseWrites says.
func (c *coarseConn) SetWriteDeadline(t time.Time) error {
	var at int64
	if !t.IsZero() {
		at = t.UnixNano()
		if set := c.set.Load(); set != 0 && at >= set && time.Duration(at-set) < c.slack {
			return nil
		}
	}
	err := c.Conn.SetWriteDeadline(t)
	if err != nil {
		at = 0
	}
	c.set.Store(at)
	return err
}

// SetDeadline is as in net.Conn.
func (c *coarseConn) SetDeadline(t time.Time) error {
	c.set.Store(0) // the next one for writing is set, whatever it is
	return c.Conn.SetDeadline(t)
}

// CloseWrite lets net/http tell the caller that nothing follows.
func (c *coarseConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() // as above
	}
	return nil
}
