package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/netweave/netweave/sdk"
)

// rest is how long a login that is not needed yet is put off after it failed.
const rest = 15 * time.Second

// door keeps the session that requests use, and lets one caller at a time log in.
type door struct {
	turn chan struct{} // held by whoever logs in

	mu      sync.Mutex
	current *session
	// refused are credentials that Keystone refused while the session was still
	// good: trying them again and again would lock the user out.
	refused [32]byte
	resting time.Time // no login that is not needed before
	said    string    // what was last complained of
}

// session returns one that is good as far as is known, and logs in where there is
// none, where the credentials have changed or the token is at its end.
func (c *Client) session(ctx context.Context) (*session, *failure) {
	cred, err := readCredentials(c.cfg, c.getenv)
	now := c.inForce()
	if err != nil {
		if now != nil && now.valid() { // a file that is being replaced may be away for a moment
			c.complain(err)
			return now, nil
		}
		return nil, &failure{err: err}
	}
	if now != nil && now.valid() && !c.worthwhile(now, cred) {
		return now, nil
	}
	made, f := c.enter(ctx, cred, now)
	if f != nil && now != nil && now.valid() && ctx.Err() == nil {
		c.putOff(cred, f.err)
		return now, nil
	}
	return made, f
}

// renew replaces a session whose token was refused.
func (c *Client) renew(ctx context.Context, old *session) (*session, *failure) {
	cred, err := readCredentials(c.cfg, c.getenv)
	if err != nil {
		cred = old.credentials
	}
	return c.enter(ctx, cred, old)
}

// enter logs in, unless another caller has replaced old meanwhile.
func (c *Client) enter(ctx context.Context, cred *credentials, old *session) (*session, *failure) {
	select {
	case c.door.turn <- struct{}{}:
		defer func() { <-c.door.turn }()
	case <-ctx.Done():
		return nil, gaveUp(ctx, exchange{doing: "logging in to Keystone", method: http.MethodGet})
	}
	if now := c.inForce(); now != nil && now != old {
		return now, nil
	}
	made, f := c.logIn(ctx, cred)
	if f != nil {
		return nil, f
	}
	c.door.mu.Lock()
	c.door.current, c.door.said, c.door.refused = made, "", [32]byte{}
	c.door.mu.Unlock()
	if old != nil {
		old.provider.HTTPClient.CloseIdleConnections()
		if old.credentials.print != cred.print {
			c.log.Info("the credentials were replaced: using the new ones", "from", cred.from)
		}
	}
	return made, nil
}

// worthwhile tells whether to log in although the session is still good.
func (c *Client) worthwhile(now *session, cred *credentials) bool {
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	changed := cred.print != now.credentials.print && cred.print != c.door.refused
	return (changed || now.lapsing()) && time.Now().After(c.door.resting)
}

func (c *Client) putOff(cred *credentials, err error) {
	c.door.mu.Lock()
	c.door.resting = time.Now().Add(rest)
	if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.Denied {
		c.door.refused = cred.print
	}
	c.door.mu.Unlock()
	c.complain(err)
}

func (c *Client) inForce() *session {
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	return c.door.current
}

// complain says once what is wrong with a login that is not needed yet.
func (c *Client) complain(err error) {
	c.door.mu.Lock()
	again := c.door.said == err.Error()
	c.door.said = err.Error()
	c.door.mu.Unlock()
	if !again {
		c.log.Warn("going on with the login of before, for as long as its token lasts", "reason", err.Error())
	}
}
