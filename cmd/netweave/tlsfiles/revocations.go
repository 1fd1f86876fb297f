package tlsfiles

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"time"
)

// RevokedError means that a certificate was taken back by whoever signed it.
type RevokedError struct{ Serial *big.Int }

// Error names the certificate by its number alone.
func (e *RevokedError) Error() string {
	return fmt.Sprintf("the certificate %x has been revoked", e.Serial)
}

// Revocations are the certificates that issuers took back. They are not changed
// once made. The nil Revocations are none.
type Revocations struct {
	byIssuer map[string][]*revocationList
	// next is when the first list should have been renewed; zero if none says.
	next time.Time
}

// revocationList is one list. One whose issuer is not among the authorities, but
// below one of them, is verified when a chain shows the issuer.
type revocationList struct {
	parsed   *x509.RevocationList
	serials  map[string]bool
	verified bool
	// signers tells of certificates, by their content, whether they signed it. Only
	// those that an authority signed are ever asked about; mostSigners is for
	// whoever has very many of them.
	signers sync.Map
	count   atomic.Int32
}

// mostSigners bounds what is remembered of issuers.
const mostSigners = 256

// ParseRevocations reads revocation lists, any number as PEM or one as DER. Those
// of the authorities given have to be signed by them. A list that is past its time
// is still a list: what was revoked stays revoked.
func ParseRevocations(data []byte, authorities []*x509.Certificate) (*Revocations, error) {
	ders, err := listsIn(data)
	if err != nil {
		return nil, err
	}
	r := &Revocations{byIssuer: map[string][]*revocationList{}}
	for i, der := range ders {
		l, err := newRevocationList(der, authorities)
		if err != nil {
			return nil, fmt.Errorf("list %d %w", i+1, err)
		}
		issuer := string(l.parsed.RawIssuer)
		r.byIssuer[issuer] = append(r.byIssuer[issuer], l)
		if next := l.parsed.NextUpdate; !next.IsZero() && (r.next.IsZero() || next.Before(r.next)) {
			r.next = next
		}
	}
	return r, nil
}

func listsIn(data []byte) (ders [][]byte, err error) {
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		if len(data) == 0 {
			return nil, errors.New("holds no revocation list")
		}
		return [][]byte{data}, nil
	}
	rest := data
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			return nil, fmt.Errorf(`holds a PEM block %q: revocation lists are in blocks "X509 CRL"`, block.Type)
		}
		ders = append(ders, block.Bytes)
	}
	if bytes.Contains(rest, []byte("-----BEGIN")) {
		return nil, errors.New("ends in the middle of a revocation list")
	}
	return ders, nil
}

// deltaIndicator marks a list of differences to another (RFC 5280, 5.2.4).
var deltaIndicator = asn1.ObjectIdentifier{2, 5, 29, 27}

func newRevocationList(der []byte, authorities []*x509.Certificate) (*revocationList, error) {
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	for _, e := range parsed.Extensions {
		if e.Id.Equal(deltaIndicator) {
			return nil, errors.New("has differences to another list alone: give a full one")
		}
	}
	l := &revocationList{parsed: parsed, serials: make(map[string]bool, len(parsed.RevokedCertificateEntries))}
	for _, e := range parsed.RevokedCertificateEntries {
		l.serials[string(e.SerialNumber.Bytes())] = true
	}
	known := false
	for _, a := range authorities {
		if bytes.Equal(a.RawSubject, parsed.RawIssuer) {
			known = true
			l.verified = l.verified || parsed.CheckSignatureFrom(a) == nil
		}
	}
	if known && !l.verified {
		return nil, fmt.Errorf("is not signed by its issuer %s: fetch it anew from there", parsed.Issuer)
	}
	return l, nil
}

// signedBy reports whether the list is that of issuer.
func (l *revocationList) signedBy(issuer *x509.Certificate) bool {
	if l.verified {
		return true
	}
	if known, ok := l.signers.Load(string(issuer.Raw)); ok {
		return known.(bool)
	}
	signed := l.parsed.CheckSignatureFrom(issuer) == nil
	if l.count.Add(1) <= mostSigners {
		l.signers.Store(string(issuer.Raw), signed)
	}
	return signed
}

// Check returns nil if one of the chains, which were verified before, has no
// revoked certificate, else a *RevokedError. Certificates whose issuers have no
// list pass. So do chains of no certificates: whether there has to be one is
// another question.
func (r *Revocations) Check(chains [][]*x509.Certificate) error {
	if r == nil || len(chains) == 0 {
		return nil
	}
	var first *x509.Certificate
	for _, chain := range chains {
		revoked := r.revokedIn(chain)
		if revoked == nil {
			return nil
		}
		if first == nil {
			first = revoked
		}
	}
	return &RevokedError{Serial: first.SerialNumber}
}

func (r *Revocations) revokedIn(chain []*x509.Certificate) *x509.Certificate {
	for i, c := range chain {
		for _, l := range r.byIssuer[string(c.RawIssuer)] {
			signed := l.verified || i+1 < len(chain) && l.signedBy(chain[i+1])
			if signed && l.serials[string(c.SerialNumber.Bytes())] {
				return c
			}
		}
	}
	return nil
}

// ExpiredSince returns when the first list should have been renewed, if that is
// past.
func (r *Revocations) ExpiredSince(now time.Time) (since time.Time, expired bool) {
	if r == nil || r.next.IsZero() || !now.After(r.next) {
		return time.Time{}, false
	}
	return r.next, true
}
