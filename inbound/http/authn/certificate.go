package authn

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// The sources of names in certificates.
const (
	// SourceCN is the subject's common name, user.tenant[.anything]; so is "".
	SourceCN = "cn"
	// SourceDNS is the one DNS name among the alternative names, of the same form.
	SourceDNS = "san-dns"
	// SourceURI is the one URI among them, spiffe://domain/tenant/user.
	SourceURI = "san-uri"
)

// Names says where a certificate names its holder.
type Names struct {
	// Source is SourceCN, SourceDNS or SourceURI.
	Source string
	// UserPart and TenantPart count the name's parts from 1: those between dots, of
	// a URI those of the path. 0 is as the source's form has it.
	UserPart, TenantPart int
}

// Check returns an error for Names by which nobody has a name.
func (n Names) Check() error {
	switch n.Source {
	case "", SourceCN, SourceDNS, SourceURI:
	default:
		return fmt.Errorf("there is no source %q of names", n.Source)
	}
	user, tenant := n.parts()
	if user < 1 || tenant < 1 {
		return errors.New("the parts of a name are counted from 1")
	}
	if user == tenant {
		return fmt.Errorf("user and tenant are both part %d of the name: they must be different parts", user)
	}
	return nil
}

func (n Names) parts() (user, tenant int) {
	user, tenant = 1, 2
	if n.Source == SourceURI {
		user, tenant = 2, 1
	}
	if n.UserPart != 0 {
		user = n.UserPart
	}
	if n.TenantPart != 0 {
		tenant = n.TenantPart
	}
	return user, tenant
}

// clientCert is the client certificate that a request came with.
type clientCert struct {
	// leaf is nil for none. If it is not verified, it only tells that the caller has
	// its key.
	leaf     *x509.Certificate
	verified bool
	by       method
}

// clientCert returns the certificate of r's caller: of the connection's other
// end, or what that passes on if it is a proxy. An error means that there is one
// which does not count, or no longer.
func (a *Authenticator) clientCert(r *http.Request) (clientCert, error) {
	if a.fromProxy(r) {
		chains, err := a.relayed.chains(r)
		if err == nil && len(chains) > 0 {
			err = a.stillValid(chains, methodProxy)
		}
		if err != nil || len(chains) == 0 {
			return clientCert{by: methodProxy}, err
		}
		return clientCert{leaf: chains[0][0], verified: true, by: methodProxy}, nil
	}
	c := clientCert{by: methodCertificate}
	if r.TLS == nil {
		return c, nil
	}
	if chains := r.TLS.VerifiedChains; len(chains) > 0 && len(chains[0]) > 0 {
		c.leaf, c.verified = chains[0][0], true
		if err := a.stillValid(chains, methodCertificate); err != nil {
			return clientCert{by: methodCertificate}, err
		}
	} else if len(r.TLS.PeerCertificates) > 0 {
		c.leaf = r.TLS.PeerCertificates[0]
	}
	return c, nil
}

// stillValid looks again at chains that were verified: a connection can outlive
// its certificate.
func (a *Authenticator) stillValid(chains [][]*x509.Certificate, m method) error {
	leaf := chains[0][0]
	if !leaf.NotAfter.IsZero() && time.Now().After(leaf.NotAfter) {
		return &refusal{method: m, tenant: a.tenantOf(leaf), reason: "the client certificate has expired"}
	}
	if a.config.Revoked == nil {
		return nil
	}
	var err error
	for _, chain := range chains {
		if err = a.config.Revoked(chain); err == nil {
			return nil
		}
	}
	return &refusal{method: m, tenant: a.tenantOf(leaf), reason: "the client certificate is not accepted: " + err.Error()}
}

// certifiedPerson returns whom a verified certificate names.
func (a *Authenticator) certifiedPerson(c clientCert) (person, error) {
	if !a.config.Tenancy {
		return person{user: c.leaf.Subject.CommonName, shown: c.leaf}, nil
	}
	if p, ok := a.named.of(c.leaf); ok {
		return p, nil
	}
	p, err := a.config.Names.read(c.leaf)
	if err != nil {
		return person{}, &refusal{method: c.by, reason: "the client certificate is refused: " + err.Error()}
	}
	p.shown = c.leaf
	a.named.keep(c.leaf, p)
	return p, nil
}

// tenantOf returns the tenant that a certificate names, "" if it names none.
func (a *Authenticator) tenantOf(leaf *x509.Certificate) string {
	if !a.config.Tenancy {
		return ""
	}
	p, err := a.config.Names.read(leaf)
	if err != nil {
		return ""
	}
	return p.tenant
}

var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// read returns whom a certificate names. A certificate with two names of the kind
// that counts names nobody: which of them the authority looked at is anyone's
// guess.
func (n Names) read(cert *x509.Certificate) (person, error) {
	switch n.Source {
	case SourceDNS:
		if len(cert.DNSNames) != 1 {
			return person{}, fmt.Errorf("it has %d DNS names, and one has to name user and tenant", len(cert.DNSNames))
		}
		return n.split(cert.DNSNames[0], ".", "its DNS name")
	case SourceURI:
		if len(cert.URIs) != 1 {
			return person{}, fmt.Errorf("it has %d URIs, and one has to name user and tenant", len(cert.URIs))
		}
		u := cert.URIs[0]
		path, rooted := strings.CutPrefix(u.Path, "/")
		if u.Scheme != "spiffe" || u.Host == "" || u.User != nil || u.Port() != "" || u.Opaque != "" || u.RawPath != "" ||
			u.ForceQuery || u.RawQuery != "" || u.Fragment != "" || !rooted {
			return person{}, errors.New("its URI is not of the form spiffe://domain/tenant/user")
		}
		return n.split(path, "/", "its URI's path")
	default:
		names := 0
		for i := range cert.Subject.Names {
			if cert.Subject.Names[i].Type.Equal(oidCommonName) {
				names++
			}
		}
		if names > 1 {
			return person{}, fmt.Errorf("its subject has %d common names, and one has to name user and tenant", names)
		}
		return n.split(cert.Subject.CommonName, ".", "its common name")
	}
}

// maxName bounds a name in bytes, as DNS does.
const maxName = 253

// split takes a name apart. Every part must be one that could be a user's: so
// nothing that is odd anywhere gets through, whichever parts count.
func (n Names) split(name, separator, of string) (person, error) {
	if len(name) > maxName {
		return person{}, fmt.Errorf("%s is longer than %d bytes", of, maxName)
	}
	var p person
	user, tenant := n.parts()
	for i, rest, more := 1, name, true; more; i++ {
		var part string
		part, rest, more = strings.Cut(rest, separator)
		if err := o2.CheckUserID(part); err != nil {
			return person{}, fmt.Errorf("part %d of %s: %w", i, of, err)
		}
		switch i {
		case user:
			p.user = part
		case tenant:
			p.tenant = part
		}
	}
	if p.user == "" || p.tenant == "" {
		return person{}, fmt.Errorf("%s needs a part %d for the user and a part %d for the tenant, with %q between parts",
			of, user, tenant, separator)
	}
	if err := o2.CheckTenantID(p.tenant); err != nil {
		return person{}, fmt.Errorf("the tenant in %s: %w", of, err)
	}
	return p, nil
}
