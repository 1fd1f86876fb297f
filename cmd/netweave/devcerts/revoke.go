package devcerts

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
)

// list is the block that a revocation list is in.
const list = "X509 CRL"

// revocations makes the authority's list of revoked certificates, or keeps the one
// that is there, and adds those clients' certificates to it which are to be revoked.
func (m *maker) revocations(clients []string) error {
	path := m.path("ca", ".crl")
	template, err := m.readRevocations(path)
	if err != nil {
		return err
	}
	changed := template.Number == nil
	for _, name := range clients {
		cert, err := m.readLeaf(name)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is not there: there is nothing of %s's to revoke", m.path(name, ".crt"), name)
		}
		if err != nil {
			return err
		}
		if revoked(template, cert.SerialNumber) {
			continue
		}
		changed = true
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: cert.SerialNumber, RevocationTime: m.now})
	}
	if !changed {
		m.files = append(m.files, File{Path: path, Kept: true})
		return nil
	}
	number := big.NewInt(1)
	if template.Number != nil {
		number.Add(number, template.Number)
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: number, ThisUpdate: m.now.Add(-early), NextUpdate: m.signer.cert.NotAfter,
		RevokedCertificateEntries: template.RevokedCertificateEntries,
	}, m.signer.cert, m.signer.key)
	if err != nil {
		return err
	}
	if err := replace(path, 0o644, pem.EncodeToMemory(&pem.Block{Type: list, Bytes: der})); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	m.files = append(m.files, File{Path: path})
	return nil
}

// readRevocations reads the list that is to be kept; without a number if there is
// none.
func (m *maker) readRevocations(path string) (*x509.RevocationList, error) {
	if m.anew {
		return &x509.RevocationList{}, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &x509.RevocationList{}, nil
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != list {
		return nil, fmt.Errorf("%s holds no PEM revocation list: remove it, or make everything anew with --force", path)
	}
	l, err := x509.ParseRevocationList(block.Bytes)
	if err == nil {
		err = l.CheckSignatureFrom(m.signer.cert)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is no good with this ca.crt: %w: remove it, or make everything anew with --force", path, err)
	}
	return l, nil
}

func revoked(l *x509.RevocationList, serial *big.Int) bool {
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(serial) == 0 {
			return true
		}
	}
	return false
}
