package smo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// Wish is what a subscription asks for.
type Wish struct {
	Callback               string `json:"callback"`
	ConsumerSubscriptionID string `json:"consumerSubscriptionId,omitempty"`
	Filter                 string `json:"filter,omitempty"`
	Secret                 string `json:"secret,omitempty"`
	InitialState           bool   `json:"initialState,omitempty"`
}

// Client asks gateways as an SMO does: what fails for want of a gateway or of its
// store is tried again, at the next gateway, until it succeeds or the context
// ends. It is safe for concurrent use.
type Client struct {
	bases []string
	http  *http.Client
	next  atomic.Uint64
}

// NewClient returns a client of equal gateways; each base is like
// "http://127.0.0.1:8080".
func NewClient(bases ...string) *Client {
	return &Client{bases: bases, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Answer is one response.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Once makes one request to one gateway, by its index.
func (c *Client) Once(ctx context.Context, gateway int, method, path string, body any, header http.Header) (*Answer, error) {
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.bases[gateway%len(c.bases)]+path, reader)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &Answer{Status: response.StatusCode, Header: response.Header, Body: raw}, nil
}

// retryPause is how long a client waits before it tries the next gateway.
const retryPause = 100 * time.Millisecond

// insist repeats a request that is safe to repeat until a gateway gives an answer
// that is no passing trouble.
func (c *Client) insist(ctx context.Context, method, path string, body any, header http.Header) (*Answer, error) {
	var last error
	for {
		answer, err := c.Once(ctx, int(c.next.Add(1)), method, path, body, header)
		switch {
		case err != nil:
			last = err
		case answer.Status >= http.StatusInternalServerError, answer.Status == http.StatusTooManyRequests:
			last = fmt.Errorf("%s %s: %d: %s", method, path, answer.Status, answer.Body)
		case answer.Status == http.StatusConflict && answer.Header.Get("Retry-After") != "":
			last = fmt.Errorf("%s %s is still under way: %s", method, path, answer.Body)
		default:
			return answer, nil
		}
		timer := time.NewTimer(retryPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, errors.Join(ctx.Err(), last)
		case <-timer.C:
		}
	}
}

func unexpected(what string, a *Answer) error {
	return fmt.Errorf("%s: %d: %s", what, a.Status, a.Body)
}

const subscriptions = "/o2ims/v1/subscriptions"

// Subscribe makes a subscription and returns its id. Its callback must be its
// own: a 409 is then taken for a lost answer of this very call.
func (c *Client) Subscribe(ctx context.Context, w Wish) (string, error) {
	header := http.Header{"Idempotency-Key": {w.Callback}}
	answer, err := c.insist(ctx, http.MethodPost, subscriptions, w, header)
	if err != nil {
		return "", err
	}
	switch answer.Status {
	case http.StatusCreated:
		var made struct {
			SubscriptionID string `json:"subscriptionId"`
		}
		if err := json.Unmarshal(answer.Body, &made); err != nil || made.SubscriptionID == "" {
			return "", unexpected("a created subscription has no id", answer)
		}
		return made.SubscriptionID, nil
	case http.StatusConflict:
		return c.subscriptionOf(ctx, w.Callback)
	default:
		return "", unexpected("subscribe", answer)
	}
}

func (c *Client) subscriptionOf(ctx context.Context, callback string) (string, error) {
	all, err := c.List(ctx, subscriptions, "")
	if err != nil {
		return "", err
	}
	for _, s := range all {
		if s["callback"] == callback {
			id, _ := s["subscriptionId"].(string)
			return id, nil
		}
	}
	return "", fmt.Errorf("a subscription to %s is a duplicate, and there is none", callback)
}

// Change replaces a subscription's filter.
func (c *Client) Change(ctx context.Context, id string, w Wish) error {
	w.InitialState = false // counts on creation alone
	answer, err := c.insist(ctx, http.MethodPut, subscriptions+"/"+id, w, nil)
	if err == nil && answer.Status != http.StatusOK {
		err = unexpected("change subscription "+id, answer)
	}
	return err
}

// Unsubscribe deletes a subscription.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	answer, err := c.insist(ctx, http.MethodDelete, subscriptions+"/"+id, nil, nil)
	if err == nil && answer.Status != http.StatusNoContent && answer.Status != http.StatusNotFound {
		err = unexpected("delete subscription "+id, answer)
	}
	return err
}

// Get reads one object.
func (c *Client) Get(ctx context.Context, path string) (map[string]any, error) {
	answer, err := c.insist(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, unexpected("GET "+path, answer)
	}
	var object map[string]any
	return object, decode(answer.Body, &object)
}

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// List reads a list to its end, at whichever gateway answers.
func (c *Client) List(ctx context.Context, path, filter string) ([]map[string]any, error) {
	return list(path, filter, func(page string) (*Answer, error) {
		return c.insist(ctx, http.MethodGet, page, nil, nil)
	})
}

// ListAt is List at one gateway, without another try. It fails for a list that is
// marked as stale or partial.
func (c *Client) ListAt(ctx context.Context, gateway int, path, filter string) ([]map[string]any, error) {
	return list(path, filter, func(page string) (*Answer, error) {
		answer, err := c.Once(ctx, gateway, http.MethodGet, page, nil, nil)
		if err != nil {
			return nil, err
		}
		for _, mark := range []string{"X-Netweave-Stale", "X-Netweave-Partial"} {
			if backends := answer.Header.Get(mark); backends != "" {
				return nil, fmt.Errorf("GET %s: %s: %s", page, mark, backends)
			}
		}
		return answer, nil
	})
}

func list(path, filter string, get func(page string) (*Answer, error)) ([]map[string]any, error) {
	if filter != "" {
		path += "?filter=" + url.QueryEscape(filter)
	}
	var all []map[string]any
	for path != "" {
		answer, err := get(path)
		if err != nil {
			return nil, err
		}
		if answer.Status != http.StatusOK {
			return nil, unexpected("GET "+path, answer)
		}
		page, next, err := readPage(answer)
		if err != nil {
			return nil, fmt.Errorf("GET %s: %w", path, err)
		}
		all = append(all, page...)
		path = next
	}
	return all, nil
}

func readPage(a *Answer) (items []map[string]any, next string, err error) {
	var page struct {
		Items []map[string]any `json:"items"`
	}
	if err := decode(a.Body, &page); err != nil {
		return nil, "", err
	}
	if link := a.Header.Get("Link"); link != "" {
		m := nextLink.FindStringSubmatch(link)
		if m == nil {
			return nil, "", fmt.Errorf("the link %q leads to no next page", link)
		}
		if next = m[1]; strings.Contains(next, "://") {
			u, err := url.Parse(next)
			if err != nil {
				return nil, "", err
			}
			next = u.RequestURI()
		}
	}
	return page.Items, next, nil
}

// decode keeps numbers as they are written.
func decode(raw []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(to)
}
