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
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// maxBody is more than any page of servers.
const maxBody = 64 << 20

// What is spoken. Nova's is the first (Train, 2019) that has all that is needed:
// UUIDs of hypervisors (2.53), servers of cells that are down told apart (2.69)
// and a host to create a server on (2.74). Placement's tells a provider's parent.
const (
	ComputeVersion   = "2.79"
	PlacementVersion = "1.17"
)

// Settings are a Client's collaborators.
type Settings struct {
	Log *slog.Logger
	// Getenv reads the environment; nil for the process's own.
	Getenv func(string) string
	// Wait waits for a time, or returns the context's error; nil for the clock's.
	Wait func(context.Context, time.Duration) error
}

// Client speaks to one region. It is safe for concurrent use.
type Client struct {
	cfg     config.Config
	timeout time.Duration
	getenv  func(string) string
	door    door
	slots   chan struct{} // one for each read under way
	log     *slog.Logger
	wait    func(context.Context, time.Duration) error

	quietUntil atomic.Int64 // when OpenStack wants reads again, in nanoseconds since 1970
}

// New makes a client and sends nothing. An error with code Invalid means that
// cfg is wrong.
func New(cfg config.Config, s Settings) (*Client, error) {
	cfg = cfg.WithDefaults()
	if s.Wait == nil {
		s.Wait = wait
	}
	if s.Getenv == nil {
		s.Getenv = os.Getenv
	}
	c := &Client{
		cfg: cfg, timeout: cfg.Timeout.Std(), getenv: s.Getenv, log: s.Log, wait: s.Wait,
		door: door{turn: make(chan struct{}, 1)}, slots: make(chan struct{}, cfg.Concurrency),
	}
	if _, err := c.tlsConfig(nil); err != nil {
		return nil, err
	}
	return c, nil
}

// Close lets go of the connections.
func (c *Client) Close() {
	if s := c.inForce(); s != nil {
		s.provider.HTTPClient.CloseIdleConnections()
	}
}

// Region is where the client works and the URL of Nova there.
func (c *Client) Region(ctx context.Context) (region, endpoint string, err error) {
	s, f := c.session(ctx)
	if f != nil {
		return "", "", f.err
	}
	return s.region, s.endpoints[compute], nil
}

// exchange is one request and where its answer goes.
type exchange struct {
	doing   string // in the -ing form, for errors
	object  string // what a 404 says is not there; "" for calls that are about no object
	service string
	method  string
	path    string // below the endpoint, with no slash before it
	query   url.Values
	body    any    // nil for none
	into    any    // nil if the answer is of no interest
	secret  string // something in body that no error may repeat; "" for none
}

func (x exchange) reads() bool { return x.method == http.MethodGet }

// once sends a request and reads its answer. One that is refused because of its
// token was not heeded: it is sent again with a new one. The failure's cause is in
// err.
func (c *Client) once(ctx context.Context, x exchange) *failure {
	if x.reads() {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return gaveUp(ctx, x)
		}
	}
	s, f := c.session(ctx)
	if f != nil {
		return f
	}
	if f = c.send(ctx, x, s); f == nil || !f.expired {
		return f
	}
	if s, f = c.renew(ctx, s); f != nil {
		return f
	}
	return c.send(ctx, x, s)
}

func (c *Client) send(ctx context.Context, x exchange, s *session) *failure {
	secrets := append(s.secrets(), x.secret)
	endpoint := s.endpoints[x.service]
	if endpoint == "" {
		return &failure{err: sdk.Errorf(sdk.Unavailable, "%s: the catalog has no endpoint of %s in the region %q: set placement: false to go without capacity", x.doing, x.service, s.region)}
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	service := gophercloud.ServiceClient{ProviderClient: s.provider, Endpoint: endpoint, Type: x.service, Microversion: ComputeVersion}
	if x.service == placement {
		service.Microversion = PlacementVersion
	}
	target := endpoint + x.path
	if len(x.query) > 0 {
		target += "?" + x.query.Encode()
	}
	options := &gophercloud.RequestOpts{KeepResponseBody: true, OkCodes: []int{200, 201, 202, 204}}
	if x.body != nil {
		options.JSONBody = x.body
	}
	res, err := service.Request(bounded, x.method, target, options)
	if answer, ok := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err); ok {
		return refused(x, answer.Actual, answer.ResponseHeader, answer.Body, secrets)
	}
	var raw []byte
	if err == nil {
		defer res.Body.Close()
		raw, err = io.ReadAll(res.Body)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return gaveUp(ctx, x)
	case err != nil:
		return c.broken(x, err, secrets)
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
		return garbled(x, res.Header, err)
	}
	return nil
}

// write sends a request once, whatever comes of it.
func (c *Client) write(ctx context.Context, x exchange) error {
	if f := c.once(ctx, x); f != nil {
		c.logFailure(x, f)
		return f.err
	}
	return nil
}

// bounded has no answer be larger than maxBody, not even an error's.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		res.Body = &limited{ReadCloser: res.Body, left: maxBody}
	}
	return res, err
}

func (b bounded) CloseIdleConnections() {
	if t, ok := b.RoundTripper.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("the answer is larger than %d MiB: configure a smaller pageSize", maxBody>>20)
	}
	n, err := l.ReadCloser.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// objectPath is a path to one object; ok is false for ids that no object has and
// that servers take for paths.
func objectPath(base, id string) (path string, ok bool) {
	if id == "" || id == "." || id == ".." || len(id) > 255 || strings.ContainsAny(id, "/\\?#%\x00") {
		return "", false
	}
	if slices.ContainsFunc([]byte(id), func(b byte) bool { return b < ' ' || b > '~' }) {
		return "", false
	}
	return base + "/" + url.PathEscape(id), true
}

func notThere(object string) error {
	return sdk.Errorf(sdk.NotFound, "OpenStack has no %s", object)
}
