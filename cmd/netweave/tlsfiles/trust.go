package tlsfiles

import (
	"crypto/x509"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

var (
	errChainExpired = errors.New("it, or an authority that it goes back to, has expired")
	errNotTrusted   = errors.New("none of this gateway's authorities has signed it, or none that still counts")
)

// trust tells whether chains that were verified earlier end with authorities that
// are in use.
type trust struct {
	roots map[string]bool
	// led are leaves of chains that do not, and until when another chain leads from
	// them to an authority in use, which may have been renewed with its key: the zero
	// Time if none does.
	led   sync.Map
	count atomic.Int32
}

// mostLed bounds what is remembered of such leaves.
const mostLed = 4096

func rootsOf(list []*x509.Certificate) map[string]bool {
	roots := make(map[string]bool, len(list))
	for _, c := range list {
		roots[string(c.Raw)] = true
	}
	return roots
}

func (t *trust) check(chain []*x509.Certificate, pool *x509.CertPool, now time.Time) error {
	expired := now.After(firstToEnd(chain))
	switch {
	case !expired && t.roots[string(chain[len(chain)-1].Raw)]:
		return nil
	case now.Before(t.ledUntil(chain, pool, now)):
		return nil
	case expired:
		return errChainExpired
	}
	return errNotTrusted
}

// ledUntil looks for another chain of the same leaf, and returns when it ends.
func (t *trust) ledUntil(chain []*x509.Certificate, pool *x509.CertPool, now time.Time) (until time.Time) {
	if pool == nil {
		return until
	}
	leaf := string(chain[0].Raw)
	if known, ok := t.led.Load(leaf); ok {
		return known.(time.Time)
	}
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	others, err := chain[0].Verify(x509.VerifyOptions{
		Roots: pool, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err == nil {
		for _, other := range others {
			if end := firstToEnd(other); end.After(until) {
				until = end
			}
		}
	}
	if t.count.Add(1) <= mostLed {
		t.led.Store(leaf, until)
	}
	return until
}
