package tlsfiles

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// authorities reads a file of certificates. Each has to be readable: one that was
// left out silently would lock out those whom it signed.
func authorities(f file) ([]*x509.Certificate, error) {
	if f.err != nil {
		return nil, f.err
	}
	var list []*x509.Certificate
	rest := f.data
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s holds a certificate that cannot be read: %w", f.path, err)
		}
		list = append(list, c)
	}
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("%s holds no PEM certificate", f.path)
	case bytes.Contains(rest, []byte("-----BEGIN")):
		return nil, fmt.Errorf("%s ends in the middle of a certificate, or has something else in it that is no PEM", f.path)
	}
	return list, nil
}

func poolOf(list []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range list {
		pool.AddCert(c)
	}
	return pool
}

// firstToEnd returns when the first of certificates ends.
func firstToEnd(list []*x509.Certificate) time.Time {
	first := list[0].NotAfter
	for _, c := range list[1:] {
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first
}

// pair reads a certificate chain and its key.
func pair(cert, key file) (*tls.Certificate, error) {
	if err := cmp.Or(cert.err, key.err); err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(cert.data, key.data)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// chain returns the certificates of a pair, the leaf first.
func chain(c *tls.Certificate) []*x509.Certificate {
	list := []*x509.Certificate{c.Leaf}
	for _, der := range c.Certificate[1:] {
		if above, err := x509.ParseCertificate(der); err == nil {
			list = append(list, above)
		}
	}
	return list
}

// named returns the file of a key, an empty one if there is none.
func named(files []file, key string) file {
	for _, f := range files {
		if f.key == key {
			return f
		}
	}
	return file{}
}
