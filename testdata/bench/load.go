package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// client is one connection that asks the same thing again and again.
// It parses no more than it must, so that the figures are the server's.
type client struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

// target is what is asked for.
type target struct {
	addr, path string
	// tls is how to connect; nil is without TLS.
	tls *tls.Config
}

func (t target) dial() (*client, error) {
	conn, err := net.Dial("tcp", t.addr)
	if err != nil {
		return nil, err
	}
	if t.tls != nil {
		secure := tls.Client(conn, t.tls)
		if err := secure.Handshake(); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secure
	}
	request := "GET " + t.path + " HTTP/1.1\r\nHost: " + t.addr + "\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n\r\n"
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), request: []byte(request)}, nil
}

// get sends the request and reads the answer, which must be a 200.
func (c *client) get() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	status, err := c.in.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200") {
		return fmt.Errorf("answered %s", strings.TrimSpace(status))
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		const name = "Content-Length: "
		if len(line) > len(name) && strings.EqualFold(string(line[:len(name)]), name) {
			if length, err = strconv.Atoi(strings.TrimSpace(string(line[len(name):]))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("an answer without Content-Length")
	}
	_, err = c.in.Discard(length)
	return err
}

// once connects, asks, and closes.
func (t target) once() error {
	c, err := t.dial()
	if err != nil {
		return err
	}
	err = c.get()
	return errors.Join(err, c.conn.Close())
}

// asking makes a way to ask for a target, and to end it.
type asking func(target) (ask func() error, end func(), err error)

// keptAlive is a way to ask again and again: over one connection.
func keptAlive(t target) (ask func() error, end func(), err error) {
	c, err := t.dial()
	if err != nil {
		return nil, nil, err
	}
	return c.get, func() { _ = c.conn.Close() }, nil
}

// eachAnew is another: over a new connection each time.
func eachAnew(t target) (ask func() error, end func(), err error) {
	return t.once, func() {}, nil
}

// throughput has conns clients ask for t for the time given and returns requests
// a second.
func throughput(ctx context.Context, t target, by asking, conns int, length time.Duration) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var (
		wg    sync.WaitGroup
		total = make([]int, conns)
		errs  = make([]error, conns)
	)
	started := time.Now()
	for i := range conns {
		ask, end, err := by(t)
		if err != nil {
			return 0, err
		}
		defer end()
		wg.Go(func() {
			for ctx.Err() == nil {
				if errs[i] = ask(); errs[i] != nil {
					return
				}
				total[i]++
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(started)
	sum := 0
	for _, n := range total {
		sum += n
	}
	return float64(sum) / elapsed.Seconds(), errors.Join(errs...)
}

// latencies asks for path n times over one connection.
func latencies(addr, path string, n int) ([]time.Duration, error) {
	c, err := target{addr: addr, path: path}.dial()
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	times := make([]time.Duration, n)
	for i := range times {
		started := time.Now()
		if err := c.get(); err != nil {
			return nil, err
		}
		times[i] = time.Since(started)
	}
	return times, nil
}

// fetch returns the body and headers of one GET.
func fetch(url string) ([]byte, http.Header, error) { return fetchBy(http.DefaultClient, url) }

// fetchBy is fetch by a client of the caller's.
func fetchBy(by *http.Client, url string) ([]byte, http.Header, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Accept-Encoding", "identity")
	response, err := by.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %.300s", url, response.Status, body)
	}
	return body, response.Header, err
}
