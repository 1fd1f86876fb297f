package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
)

// maxBody is more than any page of servers.
const maxBody = 64 << 20

// Settings are a Client's collaborators.
type Settings struct {
	Log *slog.Logger
	// Wait waits for a time, or returns the context's error; nil for the clock's.
	Wait func(context.Context, time.Duration) error
}

// Client speaks to one DTIAS. It is safe for concurrent use.
type Client struct {
	endpoint string
	timeout  time.Duration
	pageSize int
	key      *key
	http     *http.Client
	slots    chan struct{} // one for each read under way
	log      *slog.Logger
	wait     func(context.Context, time.Duration) error

	quietUntil atomic.Int64 // when DTIAS wants reads again, in nanoseconds since 1970
}

// New makes a client and sends nothing. An error with code Invalid means that
// cfg is wrong.
func New(cfg config.Config, s Settings) (*Client, error) {
	cfg = cfg.WithDefaults()
	tlsConfig, err := tlsConfig(cfg)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = tlsConfig
	transport.MaxIdleConnsPerHost = cfg.Concurrency
	if s.Wait == nil {
		s.Wait = wait
	}
	return &Client{
		endpoint: cfg.Endpoint, timeout: cfg.Timeout.Std(), pageSize: cfg.PageSize,
		key: newKey(cfg, s.Log), slots: make(chan struct{}, cfg.Concurrency), log: s.Log, wait: s.Wait,
		http: &http.Client{
			Transport: transport,
			// A redirect would take the key elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close lets go of the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// exchange is one request and where its answer goes.
type exchange struct {
	doing  string // in the -ing form, for errors
	object string // what a 404 says is not there; "" for calls that are about no object
	method string
	path   string
	query  url.Values
	body   any // nil for none
	into   any // nil if the answer is of no interest
}

func (x exchange) reads() bool { return x.method == http.MethodGet }

// once sends a request and reads its answer. The failure's cause is in err.
func (c *Client) once(ctx context.Context, x exchange) *failure {
	if x.reads() {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return gaveUp(ctx, x)
		}
	}
	key, err := c.key.current()
	if err != nil {
		return &failure{err: err}
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	status, header, raw, err := c.send(bounded, x, key)
	switch {
	case err != nil && ctx.Err() != nil:
		return gaveUp(ctx, x)
	case err != nil:
		return c.broken(x, err, key)
	case status < 200 || status > 299:
		return refused(x, status, header, raw, key)
	case x.into == nil:
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(x.into)
	if err == nil && dec.More() {
		err = errors.New("something follows its end")
	}
	if err != nil {
		return garbled(x, header, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, x exchange, key string) (status int, header http.Header, raw []byte, err error) {
	var body io.Reader
	if x.body != nil {
		raw, err := json.Marshal(x.body)
		if err != nil {
			return 0, nil, nil, fmt.Errorf("%w: %w", errNotSent, err)
		}
		body = bytes.NewReader(raw)
	}
	target := c.endpoint + x.path
	if len(x.query) > 0 {
		target += "?" + x.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, x.method, target, body)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("%w: %w", errNotSent, err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Accept", "application/json")
	if x.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err == nil && len(raw) > maxBody {
		err = fmt.Errorf("the answer is larger than %d MiB: configure a smaller pageSize", maxBody>>20)
	}
	return res.StatusCode, res.Header, raw, err
}

// write sends a request once, whatever comes of it.
func (c *Client) write(ctx context.Context, x exchange) error {
	if f := c.once(ctx, x); f != nil {
		c.logFailure(x, f)
		return f.err
	}
	return nil
}

// objectPath is a path to one object; ok is false for ids that no object of DTIAS
// has and that servers take for paths.
func objectPath(base, id string) (path string, ok bool) {
	if id == "" || id == "." || id == ".." || bytes.ContainsAny([]byte(id), "/\\\x00") {
		return "", false
	}
	return base + "/" + url.PathEscape(id), true
}

func notThere(object string) error { return sdk.Errorf(sdk.NotFound, "DTIAS has no %s", object) }
