package tlsfiles

import (
	"crypto/tls"
	"testing"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

// dial is a client's handshake with a server that shows c.
func dial(t *testing.T, client *tls.Config, c tls.Certificate) error {
	t.Helper()
	near, far := connected(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		_ = tls.Server(far, &tls.Config{Certificates: []tls.Certificate{c}, ClientAuth: tls.RequireAnyClientCert}).HandshakeContext(t.Context())
	}()
	client.ServerName = "127.0.0.1"
	err := tls.Client(near, client).HandshakeContext(t.Context())
	near.Close()
	<-done
	return err
}

func TestClientsGoByTheFilesOfTheMoment(t *testing.T) {
	l := newLab(t)
	others := identitytest.NewAuthority(t, "others")
	shown, next := l.servers.Issue("netweave"), others.Issue("netweave")
	files := ClientFiles{CA: put(t, l.path("c-ca"), identitytest.CertPEM(l.servers.Cert)), Cert: put(t, l.path("c-crt"), identitytest.CertPEM(shown.Leaf)), Key: put(t, l.path("c-key"), identitytest.KeyPEM(t, shown))}
	c, err := LoadClient("redis", "store.redis.tls", files)
	if err != nil {
		t.Fatal(err)
	}
	changes := 0
	c.OnChange(func() { changes++ })
	l.watch.Follow(c)
	old, later := l.servers.Issue("redis"), others.Issue("redis")
	if a, b := dial(t, c.Config(), old), dial(t, c.Config(), later); a != nil || b == nil {
		t.Errorf("before: %v, %v", a, b)
	}
	put(t, files.CA, identitytest.CertPEM(others.Cert))
	put(t, files.Cert, identitytest.CertPEM(next.Leaf))
	put(t, files.Key, identitytest.KeyPEM(t, next))
	l.looks(3)
	if a, b := dial(t, c.Config(), old), dial(t, c.Config(), later); a == nil || b != nil {
		t.Errorf("after: %v, %v", a, b)
	}
	if got := c.Certificate().Leaf; !got.Equal(next.Leaf) || changes != 1 || c.Roots() == nil {
		t.Errorf("shows the certificate of %s after %d changes", got.Issuer, changes)
	}
	put(t, files.Key, identitytest.KeyPEM(t, shown))
	l.looks(3)
	if got := c.Certificate().Leaf; !got.Equal(next.Leaf) || changes != 1 {
		t.Errorf("half a pair: shows the certificate of %s after %d changes", got.Issuer, changes)
	}
}

func TestClientsWithoutFiles(t *testing.T) {
	c, err := LoadClient("redis", "store.redis.tls", ClientFiles{})
	if err != nil || c.Roots() != nil || c.Certificate() != nil || c.Config().RootCAs != nil || c.Config().MinVersion != tls.VersionTLS12 {
		t.Errorf("got %+v, %v", c, err)
	}
	var none *Watch
	none.Follow(c) // nobody follows, nothing happens
	const key = "store.redis.tls"
	for want, files := range map[string]ClientFiles{
		key + ".caFile: open /none/at/all: no such file or directory":                          {CA: "/none/at/all"},
		key + ": certFile and keyFile cannot be used: open /none/c: no such file or directory": {Cert: "/none/c", Key: "/none/k"},
	} {
		if _, err := LoadClient("redis", key, files); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
