package webhook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/netweave/netweave/ports/webhook"
)

// pause is how long a token endpoint that failed is not asked again.
const pause = time.Second

// tokens keeps the token of one Credentials.
type tokens struct {
	hosts  []string
	cfg    clientcredentials.Config
	road   *renewable
	client *http.Client
	now    func() time.Time
	// turn is held by the one that asks for a new token.
	turn chan struct{}

	mu       sync.Mutex
	current  *oauth2.Token
	failure  *failed
	failedAt time.Time
}

func (s *Sender) newTokens(c Credentials) *tokens {
	guard := func(network, address string, raw syscall.RawConn) error {
		return s.roads.Load().secure.policy.control(network, address, raw)
	}
	if c.AnyNetwork {
		guard = func(string, string, syscall.RawConn) error { return nil }
	}
	road := &renewable{anew: func() *http.Transport { return s.transport(guard) }}
	road.now.Store(road.anew())
	return &tokens{
		hosts: c.Hosts,
		cfg: clientcredentials.Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), TokenURL: c.TokenURL, Scopes: c.Scopes,
		},
		road: road,
		client: &http.Client{
			Transport:     road,
			Timeout:       s.cfg.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now:  s.now,
		turn: make(chan struct{}, 1),
	}
}

// authorize adds a bearer token where the receiver is to have one. Its error is
// *failed or of ctx.
func (s *Sender) authorize(ctx context.Context, req *http.Request) error {
	t := s.tokensFor(req.URL)
	if t == nil {
		return nil
	}
	if req.URL.Scheme != "https" {
		return noToken("OAuth2 tokens are sent by https alone")
	}
	token, err := t.get(ctx)
	if err != nil {
		return err
	}
	token.SetAuthHeader(req)
	return nil
}

// refused forgets a token that the receiver no longer takes, and passes on err.
func (s *Sender) refused(callback *url.URL, err error) error {
	if f, ok := errors.AsType[*failed](err); ok && f.Status == http.StatusUnauthorized {
		if t := s.tokensFor(callback); t != nil {
			t.forget()
		}
	}
	return err
}

func (s *Sender) tokensFor(callback *url.URL) *tokens {
	for _, t := range s.tokens {
		if t.covers(callback.Hostname()) {
			return t
		}
	}
	return nil
}

func (t *tokens) covers(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, h := range t.hosts {
		h = strings.ToLower(h)
		if below, ok := strings.CutPrefix(h, "*"); ok && strings.HasSuffix(host, below) && len(host) > len(below) || h == host {
			return true
		}
	}
	return false
}

// get returns a valid token, a new one if need be. One caller asks, the others
// wait for it.
func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	if token, err := t.known(); token != nil || err != nil {
		return token, err
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if token, err := t.known(); token != nil || err != nil {
		return token, err
	}
	token, err := t.cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return t.keep(token, err)
}

// known returns what is kept: a token, a failure of just now, or neither.
func (t *tokens) known() (*oauth2.Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure != nil && t.now().Sub(t.failedAt) < pause {
		return nil, t.failure
	}
	if t.current.Valid() {
		return t.current, nil
	}
	return nil, nil
}

func (t *tokens) keep(token *oauth2.Token, err error) (*oauth2.Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.current, t.failure, t.failedAt = nil, noToken(tokenReason(err)), t.now()
		return nil, t.failure
	}
	t.current, t.failure = token, nil
	return token, nil
}

func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = nil
}

func noToken(reason string) *failed {
	return &failed{Failure: webhook.Failure{Reason: reason}, outcome: outcomeToken}
}

// tokenReason leaves out what the endpoint said, which may quote secrets.
func tokenReason(err error) string {
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answer.Response != nil {
		return "no OAuth2 token: the token endpoint answered " + strconv.Itoa(answer.Response.StatusCode)
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return "no OAuth2 token: " + r.Error()
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		if e.Timeout() {
			return "no OAuth2 token: the token endpoint did not answer in time"
		}
		return "no OAuth2 token: " + networkReason(e.Err)
	}
	return "no OAuth2 token: the token endpoint's answer cannot be read"
}
