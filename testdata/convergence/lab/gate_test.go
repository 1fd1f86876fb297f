package lab

import (
	"bufio"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// echo is a server that remembers lines, and sends each back.
type echo struct {
	listener net.Listener
	done     sync.WaitGroup
	mu       sync.Mutex
	lines    []string
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{listener: listener}
	e.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			e.done.Go(func() { e.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		e.done.Wait()
	})
	return e
}

func (e *echo) serve(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		e.mu.Lock()
		e.lines = append(e.lines, lines.Text())
		e.mu.Unlock()
		if _, err := conn.Write([]byte(lines.Text() + "\n")); err != nil {
			return
		}
	}
}

func (e *echo) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.lines)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("never came true: %s", what)
		}
		Pause(t.Context(), time.Millisecond)
	}
}

func TestGateHoldsUpAndLosesNothing(t *testing.T) {
	server := newEcho(t)
	gate, err := NewGate("127.0.0.1:0", server.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	patient, err := net.Dial("tcp", gate.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	answers := bufio.NewReader(patient)
	say := func(conn net.Conn, line string) {
		t.Helper()
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(want string) {
		t.Helper()
		if got, err := answers.ReadString('\n'); err != nil || got != want+"\n" {
			t.Fatalf("heard %q, %v, want %q", got, err, want)
		}
	}
	gate.HoldAt("two")
	say(patient, "one")
	hear("one")

	hasty, err := net.Dial("tcp", gate.Address())
	if err != nil {
		t.Fatal(err)
	}
	say(hasty, "two")
	eventually(t, "the gate holds what was said", func() bool { return gate.Holds("two") })
	hasty.Close()
	say(patient, "three")
	eventually(t, "the gate holds what was said next", func() bool { return gate.Holds("three") })
	if got := server.heard(); !slices.Equal(got, []string{"one"}) {
		t.Fatalf("through a gate that holds the server heard %v", got)
	}

	gate.Release()
	hear("three")
	eventually(t, "what was said by one who gave up arrives", func() bool { return slices.Contains(server.heard(), "two") })
	say(patient, "four")
	hear("four")
	if gate.Holds("three") {
		t.Error("a gate that was opened holds something")
	}
}

func TestGateHoldsUpNewsAlone(t *testing.T) {
	server := newEcho(t)
	gate, err := NewGate("127.0.0.1:0", server.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	gate.HoldNews()
	listens := dial(t, gate, "$9\r\nsubscribe\r\n")
	asks := dial(t, gate, "get\r\n")
	if got, err := bufio.NewReader(asks).ReadString('\n'); err != nil || got != "get\n" {
		t.Fatalf("who only asks hears %q, %v", got, err)
	}
	eventually(t, "who listens is heard", func() bool { return slices.Contains(server.heard(), "subscribe") })
	if err := listens.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := listens.Read(make([]byte, 8)); err == nil {
		t.Fatalf("who listens hears %d bytes", n)
	}
	gate.Release()
	if err := listens.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(listens).ReadString('\n'); err != nil || got != "$9\n" {
		t.Errorf("once the gate is open, who listens hears %q, %v", got, err)
	}
}

// dial connects through a gate and says something.
func dial(t *testing.T, gate *Gate, say string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", gate.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.Write([]byte(say)); err != nil {
		t.Fatal(err)
	}
	return conn
}
