package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
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
	// Cert and Key are mandatory.
	Cert, Key string
	// ClientCA holds the authorities of client certificates; "" asks for none.
	ClientCA string
	// CRL holds revocation lists; "" is none.
	CRL string
	// Optional lets clients show no certificate. One that is shown is verified all
	// the same.
	Optional bool
}

// Server is the server's side of TLS.
type Server struct {
	optional bool
	followed followed
	now      atomic.Pointer[serverState]
}

// serverState is what one reading of the files gave. It is not changed.
type serverState struct {
	config      *tls.Config
	cert        *tls.Certificate
	authorities []*x509.Certificate
	revocations *Revocations
}

// LoadServer reads files. What is wrong comes as problems with their keys.
func LoadServer(files ServerFiles) (*Server, []config.Problem) {
	s := &Server{optional: files.Optional}
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
	if st.cert, err = pair(named(files, keyCert), named(files, keyKey)); err != nil {
		wrong(keyServer, "certFile and keyFile ", err)
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
	st.config = &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{*st.cert},
		// A resumed session would go by the authorities of the day it was made.
		SessionTicketsDisabled: true,
		VerifyConnection:       s.verify,
	}
	if st.authorities != nil {
		st.config.ClientCAs, st.config.ClientAuth = poolOf(st.authorities), tls.RequireAndVerifyClientCert
		if s.optional {
			st.config.ClientAuth = tls.VerifyClientCertIfGiven
		}
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

// Leaf returns the server's certificate in use.
func (s *Server) Leaf() *x509.Certificate { return s.now.Load().cert.Leaf }

// ClientCAs returns the authorities of client certificates in use, nil if none are
// asked for. Not to be changed.
func (s *Server) ClientCAs() []*x509.Certificate { return slices.Clone(s.now.Load().authorities) }

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
	ends := map[string]time.Time{"server": firstToEnd(chain(st.cert))}
	if len(st.authorities) > 0 {
		ends["clientCA"] = firstToEnd(st.authorities)
	}
	if st.revocations != nil && !st.revocations.next.IsZero() {
		ends["crl"] = st.revocations.next
	}
	return ends
}
