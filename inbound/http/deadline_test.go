package httpserver

import (
	"net"
	"slices"
	"testing"
	"time"
)

// noted notes the deadlines that reach it.
type noted struct {
	net.Conn
	writes []time.Time
	both   int
}

func (n *noted) SetWriteDeadline(t time.Time) error { n.writes = append(n.writes, t); return nil }
func (n *noted) SetDeadline(time.Time) error        { n.both++; return nil }

type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

func TestWriteDeadlinesAreCoarse(t *testing.T) {
	below := &noted{}
	c, err := CoarseWrites(one{conn: below}, 32*time.Second).Accept()
	if err != nil {
		t.Fatal(err)
	}
	base := time.Date(2026, 1, 31, 13, 0, 0, 0, time.UTC)
	var want []time.Time
	for _, step := range []struct {
		name string
		at   time.Time
		set  bool
	}{
		{"the first", base, true},
		{"the same", base, false},
		{"a little later", base.Add(999 * time.Millisecond), false},
		{"later", base.Add(time.Second), true},
		{"a little later than that", base.Add(1500 * time.Millisecond), false},
		{"earlier, as when a connection is closed", base, true},
		{"none", time.Time{}, true},
		{"none again", time.Time{}, true},
		{"one after none", base.Add(time.Millisecond), true},
		{"much later, as a handler may ask for", base.Add(time.Hour), true},
	} {
		if err := c.SetWriteDeadline(step.at); err != nil {
			t.Fatal(err)
		}
		if step.set {
			want = append(want, step.at)
		}
		if !slices.Equal(below.writes, want) {
			t.Fatalf("%s: set were %v, want %v", step.name, below.writes, want)
		}
	}
	if err := c.SetDeadline(base); err != nil || below.both != 1 {
		t.Fatal(err)
	}
	if err := c.SetWriteDeadline(base.Add(time.Hour)); err != nil || len(below.writes) != len(want)+1 {
		t.Error("a deadline for both does not count as one for writing")
	}
}

func TestWithoutWriteTimeoutNothingIsCoarse(t *testing.T) {
	below := &noted{}
	if c, err := CoarseWrites(one{conn: below}, 0).Accept(); err != nil || c != net.Conn(below) {
		t.Errorf("got %v, %v", c, err)
	}
}
