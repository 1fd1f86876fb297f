package app

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/scope"
)

// credentials are the flags by which curl believes the server, and shows who is
// calling. Files have their real names as far as those can be known: as certs dev
// has written them; else names stand for them.
func credentials(c *config.Config) string {
	var flags strings.Builder
	if c.Server.TLS.Enabled() {
		flags.WriteString("--cacert " + authorityFile(c.Server.TLS) + " ")
	}
	if c.Certificates() {
		cert, key := clientFiles(c)
		flags.WriteString("--cert " + cert + " --key " + key + " ")
	}
	if c.Bearers() && (!c.Certificates() || c.Auth.Require == config.RequireBoth) {
		flags.WriteString(`-H "Authorization: Bearer $TOKEN" `)
	}
	return flags.String()
}

// authorityFile is a file with the authority of the server's certificate: the
// clients' one, if it is the same.
func authorityFile(t config.TLS) string {
	const unknown = "CA.pem"
	text, err := os.ReadFile(t.ClientCAFile)
	if err != nil {
		return unknown
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return unknown
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots}); err != nil {
		return unknown
	}
	return t.ClientCAFile
}

// clientFiles are the certificate and key of the first of the platform's admins, if
// they lie beside the clients' authority.
func clientFiles(c *config.Config) (cert, key string) {
	if c.Tenancy.Enabled && len(c.Tenancy.PlatformAdmins) > 0 {
		name := filepath.Join(filepath.Dir(c.Server.TLS.ClientCAFile), c.Tenancy.PlatformAdmins[0]+"."+scope.PlatformTenant)
		cert, key = name+".crt", name+".key"
		if exists(cert) && exists(key) {
			return cert, key
		}
	}
	return "CLIENT.pem", "CLIENT-KEY.pem"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
