package devcerts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// How long certificates are valid. They begin a little early, for clocks that are
// not quite right.
const (
	authorityYears = 10
	leafDays       = 825
	early          = time.Hour
)

// signer is the authority.
type signer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// pair is a certificate and its key, as PEM.
type pair struct{ cert, key []byte }

func serverTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost", Organization: []string{"netweave development"}}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, NotBefore: now.Add(-early), NotAfter: now.AddDate(0, 0, leafDays),
	}
}

func clientTemplate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, NotBefore: now.Add(-early), NotAfter: now.AddDate(0, 0, leafDays),
	}
}

// authority makes the authority, or reads the one that is there.
func (m *maker) authority() error {
	kept, err := m.there("ca")
	if err != nil {
		return err
	}
	if kept {
		m.note("ca", true)
		return m.readAuthority()
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "netweave development CA"}, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: m.now.Add(-early), NotAfter: m.now.AddDate(authorityYears, 0, 0),
	}
	made, der, err := sign(template, &signer{cert: template, key: key}, key)
	if err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	m.signer = &signer{cert: cert, key: key}
	return m.write("ca", made)
}

func (m *maker) readAuthority() error {
	whole, err := tls.LoadX509KeyPair(m.path("ca", ".crt"), m.path("ca", ".key"))
	if err != nil {
		return fmt.Errorf("%s and ca.key cannot be used: %w: make everything anew with --force", m.path("ca", ".crt"), err)
	}
	key, ok := whole.PrivateKey.(crypto.Signer)
	if !ok || !whole.Leaf.IsCA {
		return fmt.Errorf("%s is no authority's: name another folder, or make everything anew with --force", m.path("ca", ".crt"))
	}
	if m.now.After(whole.Leaf.NotAfter) {
		return fmt.Errorf("%s has expired on %s: make everything anew with --force", m.path("ca", ".crt"), whole.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	m.signer = &signer{cert: whole.Leaf, key: key}
	return nil
}

// leaf makes a certificate, or looks whether the one that is there is still good.
func (m *maker) leaf(name string, template *x509.Certificate) error {
	kept, err := m.there(name)
	if err != nil {
		return err
	}
	if kept {
		m.note(name, true)
		return m.checkLeaf(name, template.ExtKeyUsage)
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	made, _, err := sign(template, m.signer, key)
	if err != nil {
		return err
	}
	return m.write(name, made)
}

func (m *maker) checkLeaf(name string, usages []x509.ExtKeyUsage) error {
	cert, err := m.readLeaf(name)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(m.signer.cert)
	if _, err = cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: m.now, KeyUsages: usages}); err != nil {
		return m.useless(name, err)
	}
	return nil
}

func (m *maker) readLeaf(name string) (*x509.Certificate, error) {
	text, err := os.ReadFile(m.path(name, ".crt"))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM certificate: remove it and its key, or make everything anew with --force", m.path(name, ".crt"))
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, m.useless(name, err)
	}
	return cert, nil
}

func (m *maker) useless(name string, reason error) error {
	return fmt.Errorf("%s is no good with this ca.crt: %w: remove it and its key, or make everything anew with --force", m.path(name, ".crt"), reason)
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// sign gives a certificate after template to the holder of key.
func sign(template *x509.Certificate, by *signer, key *ecdsa.PrivateKey) (p pair, der []byte, err error) {
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return pair{}, nil, err
	}
	template.SerialNumber.SetBit(template.SerialNumber, 126, 1) // neither 0 nor short
	if der, err = x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key); err != nil {
		return pair{}, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, nil, err
	}
	return pair{
		cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}, der, nil
}
