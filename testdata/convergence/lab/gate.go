package lab

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
)

// Gate forwards TCP connections to one address, and can hold up everything that
// is sent through it: like a network that delays packets and loses none. What a
// client has sent before it gave up arrives all the same, once the gate is open.
type Gate struct {
	listener   net.Listener
	target     string
	held, news atomic.Bool
	// snare is what client's sending makes the gate hold, nil for nothing.
	snare atomic.Pointer[[]byte]
	done  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]bool
	pipes  map[*pipe]bool
}

// NewGate listens on an address, such as "127.0.0.1:0", and forwards to target.
func NewGate(listen, target string) (*Gate, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	g := &Gate{listener: listener, target: target, conns: map[net.Conn]bool{}, pipes: map[*pipe]bool{}}
	g.done.Go(g.accept)
	return g, nil
}

// Address is where the gate listens.
func (g *Gate) Address() string { return g.listener.Addr().String() }

// HoldAt lets everything through until a client sends text, and then holds that
// and all that follows, either way and on every connection, until Release. So the
// text does not wait, unsent, for anything else that is held.
func (g *Gate) HoldAt(text string) {
	snare := []byte(text)
	g.snare.Store(&snare)
}

// HoldNews lets nothing through, until Release, of what Redis sends on
// connections that have subscribed to channels.
func (g *Gate) HoldNews() { g.news.Store(true) }

// Release lets through what was held up, in order, and all that follows.
func (g *Gate) Release() {
	g.snare.Store(nil)
	g.held.Store(false)
	g.news.Store(false)
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.pipes {
		if p.push(nil) {
			p.end()
			delete(g.pipes, p)
		}
	}
}

// Holds reports whether text is in what clients have sent and is held up.
func (g *Gate) Holds(text string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.pipes {
		if p.fromClient && p.contains(text) {
			return true
		}
	}
	return false
}

// Close ends every connection.
func (g *Gate) Close() error {
	g.mu.Lock()
	g.closed = true
	err := g.listener.Close()
	for conn := range g.conns {
		conn.Close()
	}
	g.mu.Unlock()
	g.Release()
	g.done.Wait()
	return err
}

func (g *Gate) accept() {
	for {
		client, err := g.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", g.target)
		if err != nil {
			client.Close() // as refused as it would be without the gate
			continue
		}
		if !g.join(client, server) {
			return
		}
	}
}

// join connects two sides. It reports false, with both closed, once the gate is.
func (g *Gate) join(client, server net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		client.Close()
		server.Close()
		return false
	}
	subscribed := &atomic.Bool{}
	for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
		p := &pipe{gate: g, to: to, fromClient: from == client, subscribed: subscribed}
		g.conns[from], g.pipes[p] = true, true
		g.done.Go(func() {
			p.run(from)
			g.mu.Lock()
			defer g.mu.Unlock()
			delete(g.conns, from)
		})
	}
	return true
}

func (g *Gate) forget(p *pipe) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.pipes, p)
}

// pipe is one direction of one connection.
type pipe struct {
	gate       *Gate
	to         net.Conn
	fromClient bool
	// subscribed is shared with the other direction.
	subscribed *atomic.Bool

	mu      sync.Mutex
	pending []byte
	ended   bool
}

// run forwards until the sender ends; what is pending then waits for Release.
func (p *pipe) run(from net.Conn) {
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		p.push(buf[:n])
		if err == nil {
			continue
		}
		p.mu.Lock()
		p.ended = true
		empty := len(p.pending) == 0
		p.mu.Unlock()
		if empty {
			p.end()
			p.gate.forget(p)
		}
		return
	}
}

// push forwards more, behind what is pending, unless the gate holds. It reports
// whether nothing can follow.
func (p *pipe) push(more []byte) (over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, more...)
	if p.fromClient && bytes.Contains(bytes.ToLower(more), []byte("subscribe\r\n")) {
		p.subscribed.Store(true)
	}
	if snare := p.gate.snare.Load(); snare != nil && p.fromClient && bytes.Contains(p.pending, *snare) {
		p.gate.held.Store(true)
	}
	if p.gate.held.Load() || p.gate.news.Load() && !p.fromClient && p.subscribed.Load() {
		return false
	}
	if len(p.pending) > 0 {
		// An error here is the receiver's end, which its own direction notices.
		_, _ = p.to.Write(p.pending)
		p.pending = nil
	}
	return p.ended
}

// end tells the receiver that nothing follows. A server is still to read what
// came before, which a full close could take from it.
func (p *pipe) end() {
	if tcp, ok := p.to.(*net.TCPConn); ok && p.fromClient {
		_ = tcp.CloseWrite() // it may have ended by itself
		return
	}
	p.to.Close()
}

func (p *pipe) contains(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.pending, []byte(text))
}
