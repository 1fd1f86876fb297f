package main

import (
	"bufio"
	"context"
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

// client is one keep-alive connection that asks the same thing again and again.
// It parses no more than it must, so that the figures are the server's.
type client struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

func dial(addr, path string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	request := "GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n\r\n"
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

// throughput asks for path over conns connections for the time given and
// returns requests a second.
func throughput(ctx context.Context, addr, path string, conns int, length time.Duration) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var (
		wg    sync.WaitGroup
		total = make([]int, conns)
		errs  = make([]error, conns)
	)
	started := time.Now()
	for i := range conns {
		c, err := dial(addr, path)
		if err != nil {
			return 0, err
		}
		defer c.conn.Close()
		wg.Go(func() {
			for ctx.Err() == nil {
				if errs[i] = c.get(); errs[i] != nil {
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
	c, err := dial(addr, path)
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
func fetch(url string) ([]byte, http.Header, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Accept-Encoding", "identity")
	response, err := http.DefaultClient.Do(request)
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
