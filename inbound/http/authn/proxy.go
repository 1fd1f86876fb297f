package authn

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The headers of RFC 9440.
const (
	headerClientCert      = "Client-Cert"
	headerClientCertChain = "Client-Cert-Chain"
)

const (
	// maxRelayed bounds such a header in bytes, maxChain the certificates in it.
	maxRelayed = 32 << 10
	maxChain   = 8
	// keepRelayed is how long a certificate is not verified again, and maxKept how
	// many are remembered.
	keepRelayed = 30 * time.Second
	maxKept     = 1024
)

// relayed verifies the certificates that proxies pass on, and remembers them for
// a while.
type relayed struct {
	header      string
	authorities func() *x509.CertPool
	kept        *kept
}

type kept struct {
	mu     sync.RWMutex
	chains map[[sha256.Size]byte]keptChains
}

type keptChains struct {
	chains [][]*x509.Certificate
	pool   *x509.CertPool
	until  time.Time
}

func newRelayed(c Config) relayed {
	header := headerClientCert
	if c.ProxyHeader != "" {
		header = http.CanonicalHeaderKey(c.ProxyHeader)
	}
	return relayed{header: header, authorities: c.Authorities, kept: &kept{chains: map[[sha256.Size]byte]keptChains{}}}
}

// fromProxy reports whether r comes straight from a configured proxy.
func (a *Authenticator) fromProxy(r *http.Request) bool {
	return len(a.config.Proxies) > 0 && a.isProxy(peer(r))
}

func (a *Authenticator) isProxy(addr netip.Addr) bool {
	for _, p := range a.config.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// chains returns the verified chains of the certificate that a proxy passes on,
// none if it passes on none.
func (v relayed) chains(r *http.Request) ([][]*x509.Certificate, error) {
	values := r.Header[v.header]
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return nil, nil
	}
	if len(values) > 1 {
		return nil, v.refuse("is there more than once")
	}
	var pool *x509.CertPool
	if v.authorities != nil {
		pool = v.authorities()
	}
	if pool == nil {
		return nil, v.refuse("cannot be verified: this gateway has no authorities of client certificates")
	}
	text := values[0]
	if v.header == headerClientCert {
		for _, more := range r.Header[headerClientCertChain] {
			text += "," + more
		}
	}
	if len(text) > maxRelayed {
		return nil, v.refuse("is too long")
	}
	now, key := time.Now(), sha256.Sum256([]byte(text))
	if chains := v.kept.get(key, pool, now); chains != nil {
		return chains, nil
	}
	certs, err := decodeRelayed(text)
	if err != nil {
		return nil, v.refuse(err.Error())
	}
	intermediates := x509.NewCertPool()
	for _, c := range certs[1:] {
		intermediates.AddCert(c)
	}
	chains, err := certs[0].Verify(x509.VerifyOptions{
		Roots: pool, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, v.refuse(verdict(err))
	}
	v.kept.put(key, keptChains{chains: chains, pool: pool, until: now.Add(keepRelayed)})
	return chains, nil
}

func (v relayed) refuse(why string) error {
	return &refusal{method: methodProxy, reason: "the client certificate in the header " + v.header + " " + why}
}

// verdict says why a certificate was not verified, without the names in it.
func verdict(err error) string {
	var (
		invalid   x509.CertificateInvalidError
		authority x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &authority):
		return "is of no authority that this gateway knows"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "has expired or is not valid yet"
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "is not for client authentication"
	default:
		return "is not valid"
	}
}

var errNoCertificate = errors.New("is neither a byte sequence as RFC 9440 has it nor URL-encoded PEM")

// decodeRelayed returns the certificates in a header, the client's first.
func decodeRelayed(text string) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	add := func(der []byte) error {
		cert, err := x509.ParseCertificate(der)
		if err != nil || len(certs) == maxChain {
			return errNoCertificate
		}
		certs = append(certs, cert)
		return nil
	}
	if strings.HasPrefix(text, ":") {
		for item := range strings.SplitSeq(text, ",") {
			encoded, ok := strings.CutPrefix(strings.Trim(item, " \t"), ":")
			encoded, closed := strings.CutSuffix(encoded, ":")
			der, err := base64.StdEncoding.DecodeString(encoded)
			if !ok || !closed || err != nil {
				return nil, errNoCertificate
			}
			if err := add(der); err != nil {
				return nil, err
			}
		}
		return certs, nil
	}
	// "+" stands for itself in base64, so this is no form encoding.
	plain, err := url.PathUnescape(text)
	if err != nil {
		return nil, errNoCertificate
	}
	for rest := []byte(plain); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, errNoCertificate
		}
		if err := add(block.Bytes); err != nil {
			return nil, err
		}
	}
	if len(certs) == 0 {
		return nil, errNoCertificate
	}
	return certs, nil
}

func (k *kept) get(key [sha256.Size]byte, pool *x509.CertPool, now time.Time) [][]*x509.Certificate {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if e, ok := k.chains[key]; ok && e.pool == pool && now.Before(e.until) {
		return e.chains
	}
	return nil
}

// put forgets everything when there is too much: the certificates in use come
// back with their next request.
func (k *kept) put(key [sha256.Size]byte, e keptChains) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.chains) >= maxKept {
		clear(k.chains)
	}
	k.chains[key] = e
}
