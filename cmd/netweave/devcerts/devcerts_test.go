package devcerts

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var now = time.Now()

func mustMake(t *testing.T, c Config) []File {
	t.Helper()
	files, err := Make(c, now)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func load(t *testing.T, dir, name string) tls.Certificate {
	t.Helper()
	c, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// contents reads every file of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// What is made serves: a real server with the server's certificate lets the clients
// in, by each of this machine's names.
func TestCertificatesServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "certs")
	if files := mustMake(t, Config{Dir: dir, Clients: DefaultClients}); len(files) != 11 {
		t.Errorf("made %v", files)
	}
	ca := load(t, dir, "ca")
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("CN", r.TLS.VerifiedChains[0][0].Subject.CommonName)
	}))
	server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{load(t, dir, "server")}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
	server.StartTLS()
	defer server.Close()
	for _, client := range DefaultClients {
		for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name, Certificates: []tls.Certificate{load(t, dir, client)}}}
			res, err := (&http.Client{Transport: transport}).Get(server.URL)
			if err != nil {
				t.Fatalf("%s at %s: %v", client, name, err)
			}
			res.Body.Close()
			transport.CloseIdleConnections()
			if got := res.Header.Get("CN"); got != client {
				t.Errorf("%s is known as %q", client, got)
			}
		}
	}
	for name, want := range map[string]x509.ExtKeyUsage{"server": x509.ExtKeyUsageServerAuth, "root.platform": x509.ExtKeyUsageClientAuth} {
		if got := load(t, dir, name).Leaf.ExtKeyUsage; len(got) != 1 || got[0] != want {
			t.Errorf("%s is for %v, want %v", name, got, want)
		}
	}
}

func TestKeysAreTheirOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	for _, f := range mustMake(t, Config{Dir: dir, Clients: DefaultClients}) {
		info, err := os.Stat(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		want := fs.FileMode(0o644)
		if strings.HasSuffix(f.Path, ".key") {
			want = 0o600
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has the mode %o, want %o", f.Path, got, want)
		}
	}
}

func TestWhatIsThereIsKept(t *testing.T) {
	dir := t.TempDir()
	mustMake(t, Config{Dir: dir, Clients: DefaultClients})
	first := contents(t, dir)
	for _, f := range mustMake(t, Config{Dir: dir, Clients: append([]string{"carol.smo-alpha"}, DefaultClients...)}) {
		if added := strings.Contains(f.Path, "carol"); f.Kept == added {
			t.Errorf("%s: kept = %v", f.Path, f.Kept)
		}
	}
	second := contents(t, dir)
	for name, text := range first {
		if second[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
	if len(second) != len(first)+2 {
		t.Errorf("got %d files after %d", len(second), len(first))
	}
	mustMake(t, Config{Dir: dir, Clients: DefaultClients, Anew: true})
	for name, text := range contents(t, dir) {
		if !strings.HasPrefix(name, "carol") && first[name] == text {
			t.Errorf("%s was not made anew", name)
		}
	}
}

func TestWhatCannotBeKept(t *testing.T) {
	const anew = "or make everything anew with --force"
	for _, tc := range []struct {
		name  string
		spoil func(dir string) error
		at    time.Time
		want  []string
	}{
		{"half a pair", func(dir string) error { return os.Remove(filepath.Join(dir, "server.key")) }, now,
			[]string{"server.crt is there and ", "server.key is not: remove it, " + anew}},
		{"another authority's", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "root.platform.crt"), []byte(foreign(t, "root.platform.crt")), 0o600)
		}, now, []string{"root.platform.crt is no good with this ca.crt: x509: certificate signed by unknown authority", "remove it and its key, " + anew}},
		{"no certificate", func(dir string) error { return os.WriteFile(filepath.Join(dir, "server.crt"), nil, 0o600) }, now,
			[]string{"server.crt holds no PEM certificate: remove it and its key, " + anew}},
		{"no authority", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "ca.crt"), []byte("x"), 0o600)
		}, now, []string{"ca.crt and ca.key cannot be used: ", "make everything anew with --force"}},
		{"another's revocations", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "ca.crl"), []byte(foreign(t, "ca.crl")), 0o600)
		}, now,
			[]string{"ca.crl is no good with this ca.crt: x509: ", "remove it, " + anew}},
		{"no revocations", func(dir string) error { return os.WriteFile(filepath.Join(dir, "ca.crl"), []byte("x"), 0o600) }, now,
			[]string{"ca.crl holds no PEM revocation list: remove it, " + anew}},
		{"an expired one", func(string) error { return nil }, now.AddDate(3, 0, 0),
			[]string{"server.crt is no good with this ca.crt: x509: certificate has expired", anew}},
		{"an expired authority", func(string) error { return nil }, now.AddDate(11, 0, 0), []string{"ca.crt has expired on ", "make everything anew with --force"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			c := Config{Dir: dir, Clients: []string{"root.platform"}}
			mustMake(t, c)
			if err := tc.spoil(dir); err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)
			_, err := Make(c, tc.at)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if after := contents(t, dir); len(after) != len(before) {
				t.Errorf("got %d files after %d", len(after), len(before))
			}
			c.Anew = true
			if _, err := Make(c, tc.at); err != nil {
				t.Errorf("anew: %v", err)
			}
		})
	}
}

// foreign is a file of another authority's.
func foreign(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	mustMake(t, Config{Dir: dir, Clients: []string{"root.platform"}})
	return contents(t, dir)[name]
}

func TestClientsNames(t *testing.T) {
	for _, tc := range []struct {
		clients []string
		want    string
	}{
		{[]string{"alice"}, `"alice" is no client: write user.tenant, with one dot, for example alice.smo-alpha`},
		{[]string{"a.b.c"}, `"a.b.c" is no client: write user.tenant, with one dot, for example alice.smo-alpha`},
		{[]string{"../x.y"}, `"../x.y" is no client: write user.tenant, with one dot, for example alice.smo-alpha`},
		{[]string{"a/b.c"}, `"a/b" is no user, as in the client "a/b.c": want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`},
		{[]string{".x"}, `"" is no user, as in the client ".x": want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`},
		{[]string{"a.B"}, `"B" is no tenant, as in the client "a.B": want 1 to 63 lower-case letters, digits and hyphens, with a letter or digit first and last`},
		{[]string{"a.b", "c.d", "a.b"}, "the client a.b is named twice: once will do"},
	} {
		dir := t.TempDir()
		if _, err := Make(Config{Dir: dir, Clients: tc.clients}, now); err == nil || err.Error() != tc.want {
			t.Errorf("%v:\n got %v\nwant %s", tc.clients, err, tc.want)
		}
		if got := contents(t, dir); len(got) != 0 {
			t.Errorf("%v: %d files were made all the same", tc.clients, len(got))
		}
	}
}
