package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// The keys of the server's files.
const (
	keyServer   = "server.tls"
	keyCert     = "server.tls.certFile"
	keyKey      = "server.tls.keyFile"
	keyClientCA = "server.tls.clientCAFile"
	keyCRL      = "server.tls.crlFile"
)

// ServerFiles say where the server's TLS is.
type ServerFiles struct {
	// Cert and Key are the server's own; "" where a proxy has the TLS, and the
	// authorities are for the certificates that it passes on.
	Cert, Key string
	// ClientCA holds the authorities of client certificates; "" asks for none.
	ClientCA string
	// CRL holds revocation lists; "" is none.
	CRL string
	// ClientAuth says what is asked of clients.
	ClientAuth tls.ClientAuthType
}

// Server is the server's side of TLS.
type Server struct {
	clientAuth tls.ClientAuthType
	followed   followed
	now        atomic.Pointer[serverState]
}

// serverState is what one reading of the files gave. It is not changed.
type serverState struct {
	config      *tls.Config
	cert        *tls.Certificate
	authorities []*x509.Certificate
	pool        *x509.CertPool // of the authorities, nil if there are none
	revocations *Revocations
	trust       trust
}

// LoadServer reads files. What is wrong comes as problems with their keys.
func LoadServer(files ServerFiles) (*Server, []config.Problem) {
	s := &Server{clientAuth: files.ClientAuth}
	s.followed = followed{
		name:  "server",
		files: []file{{key: keyCert, path: files.Cert}, {key: keyKey, path: files.Key}, {key: keyClientCA, path: files.ClientCA}, {key: keyCRL, path: files.CRL}},
		use:   s.use, remark: s.remark, expiries: s.expiries,
	}
	if problems := s.followed.load(); len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

func (s *Server) subject() *followed { return &s.followed }

// use takes files into use if nothing is wrong with any of them.
func (s *Server) use(files []file) (problems []config.Problem) {
	wrong := func(key, what string, err error) {
		problems = append(problems, config.Problem{Key: key, Reason: what + "cannot be used: " + err.Error()})
	}
	st := &serverState{}
	var err error
	if cert := named(files, keyCert); cert.path != "" {
		if st.cert, err = pair(cert, named(files, keyKey)); err != nil {
			wrong(keyServer, "certFile and keyFile ", err)
		}
	}
	if ca := named(files, keyClientCA); ca.path != "" {
		if st.authorities, err = authorities(ca); err != nil {
			wrong(keyClientCA, "", err)
		}
	}
	if crl := named(files, keyCRL); crl.path != "" {
		if crl.err != nil {
			wrong(keyCRL, "", crl.err)
		} else if st.revocations, err = ParseRevocations(crl.data, st.authorities); err != nil {
			wrong(keyCRL, "", fmt.Errorf("%s: %w", crl.path, err))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	if st.authorities != nil {
		st.pool = poolOf(st.authorities)
		st.trust.roots = rootsOf(st.authorities)
	}
	if st.cert == nil {
		s.now.Store(st)
		return nil
	}
	st.config = &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{*st.cert},
		ClientAuth: s.clientAuth, ClientCAs: st.pool,
		// A resumed session would go by the authorities of the day it was made.
		SessionTicketsDisabled: true,
		VerifyConnection:       s.verify,
	}
	s.now.Store(st)
	return nil
}

// Config returns the configuration to listen with. It goes on to change as the
// files do.
func (s *Server) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}, SessionTicketsDisabled: true,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			c := s.now.Load().config
			if timed, ok := hello.Conn.(*conn); ok {
				c = c.Clone()
				c.VerifyConnection = func(cs tls.ConnectionState) error {
					if err := s.verify(cs); err != nil {
						return err
					}
					timed.succeeded()
					return nil
				}
			}
			return c, nil
		},
	}
}

func (s *Server) verify(cs tls.ConnectionState) error { return s.CheckRevoked(cs.VerifiedChains) }

// CheckRevoked returns a *RevokedError if chains, which were verified before, have
// a certificate that the lists in use name; see Revocations.Check.
func (s *Server) CheckRevoked(chains [][]*x509.Certificate) error {
	return s.now.Load().revocations.Check(chains)
}

// CheckClient returns nil if the certificate of a chain, which was verified before,
// would be accepted now as well: the chain has not expired, ends with an authority in
// use or can be led to one, and has no revoked certificate in it. A connection can
// outlive all of that.
func (s *Server) CheckClient(chain []*x509.Certificate) error {
	st := s.now.Load()
	if err := st.trust.check(chain, st.pool, time.Now()); err != nil {
		return err
	}
	return st.revocations.Check([][]*x509.Certificate{chain})
}

// Leaf returns the server's certificate in use, nil if it has none.
func (s *Server) Leaf() *x509.Certificate {
	if cert := s.now.Load().cert; cert != nil {
		return cert.Leaf
	}
	return nil
}

// Authorities returns those of client certificates in use, nil if there are none;
// another pool once they have changed.
func (s *Server) Authorities() *x509.CertPool { return s.now.Load().pool }

func (s *Server) remark(now time.Time) string {
	since, expired := s.now.Load().revocations.ExpiredSince(now)
	if !expired {
		return ""
	}
	return fmt.Sprintf("%s: a revocation list should have been renewed by %s: it stays in use, and later revocations are not known",
		keyCRL, since.UTC().Format(time.RFC3339))
}

func (s *Server) expiries() map[string]time.Time {
	st := s.now.Load()
	ends := map[string]time.Time{}
	if st.cert != nil {
		ends["server"] = firstToEnd(chain(st.cert))
	}
	if len(st.authorities) > 0 {
		ends["clientCA"] = firstToEnd(st.authorities)
	}
	if st.revocations != nil && !st.revocations.next.IsZero() {
		ends["crl"] = st.revocations.next
	}
	return ends
}
