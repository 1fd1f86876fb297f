package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// ClientFiles say where a client's TLS is; each may be "".
type ClientFiles struct {
	// CA holds the authorities of servers; "" is the system's.
	CA string
	// Cert and Key are shown to servers that ask; both or none.
	Cert, Key string
}

// Client is the gateway's side of TLS where it calls others.
type Client struct {
	key      string
	followed followed
	now      atomic.Pointer[clientState]
	changed  atomic.Pointer[func()]
}

type clientState struct {
	roots       *x509.CertPool
	authorities []*x509.Certificate
	cert        *tls.Certificate
}

// LoadClient reads files. name is their label in metrics; key is the section of
// the configuration that names them, which errors begin with.
func LoadClient(name, key string, files ClientFiles) (*Client, error) {
	c := &Client{key: key}
	c.followed = followed{
		name:  name,
		files: []file{{key: "caFile", path: files.CA}, {key: "certFile", path: files.Cert}, {key: "keyFile", path: files.Key}},
		use:   c.use, expiries: c.expiries,
	}
	for _, p := range c.followed.load() {
		return nil, fmt.Errorf("%s: %s", p.Key, p.Reason)
	}
	return c, nil
}

func (c *Client) subject() *followed { return &c.followed }

func (c *Client) use(files []file) (problems []config.Problem) {
	st := &clientState{}
	var err error
	if ca := named(files, "caFile"); ca.path != "" {
		if st.authorities, err = authorities(ca); err != nil {
			problems = append(problems, config.Problem{Key: c.key + ".caFile", Reason: err.Error()})
		} else {
			st.roots = poolOf(st.authorities)
		}
	}
	if cert := named(files, "certFile"); cert.path != "" {
		if st.cert, err = pair(cert, named(files, "keyFile")); err != nil {
			problems = append(problems, config.Problem{Key: c.key, Reason: "certFile and keyFile cannot be used: " + err.Error()})
		}
	}
	if len(problems) > 0 {
		return problems
	}
	c.now.Store(st)
	if changed := c.changed.Load(); changed != nil {
		(*changed)()
	}
	return nil
}

// OnChange has changed called after new files were taken into use, by the
// goroutine of the Watch.
func (c *Client) OnChange(changed func()) { c.changed.Store(&changed) }

// Config returns a configuration for one connection, or for those until the files
// change.
func (c *Client) Config() *tls.Config {
	st := c.now.Load()
	t := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: st.roots}
	if st.cert != nil {
		t.Certificates = []tls.Certificate{*st.cert}
	}
	return t
}

// Roots returns the authorities in use; nil is the system's.
func (c *Client) Roots() *x509.CertPool { return c.now.Load().roots }

// Certificate returns what is shown, nil if nothing is.
func (c *Client) Certificate() *tls.Certificate { return c.now.Load().cert }

func (c *Client) expiries() map[string]time.Time {
	st := c.now.Load()
	switch {
	case st.cert != nil:
		return map[string]time.Time{c.followed.name: firstToEnd(chain(st.cert))}
	case len(st.authorities) > 0:
		return map[string]time.Time{c.followed.name: firstToEnd(st.authorities)}
	default:
		return nil
	}
}
