package devcerts

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
)

// revokedIn returns the list of a folder, which its authority has to have signed.
func revokedIn(t *testing.T, dir string) *x509.RevocationList {
	t.Helper()
	block, _ := pem.Decode([]byte(contents(t, dir)["ca.crl"]))
	if block == nil {
		t.Fatal("ca.crl is no PEM")
	}
	l, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.CheckSignatureFrom(load(t, dir, "ca").Leaf); err != nil {
		t.Error(err)
	}
	return l
}

func TestRevocations(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []struct {
		name   string
		revoke []string
		anew   bool
		// kept: the list stays as it is; in are whose certificates are in it then.
		kept bool
		in   []string
	}{
		{"at first nobody", nil, false, false, nil},
		{"nobody more", nil, false, true, nil},
		{"one", []string{"alice.smo-alpha"}, false, false, []string{"alice.smo-alpha"}},
		{"the same again", []string{"alice.smo-alpha"}, false, true, []string{"alice.smo-alpha"}},
		{"two more", []string{"bob.smo-beta", "root.platform"}, false, false, DefaultClients},
		{"all anew", nil, true, false, nil},
	} {
		before := contents(t, dir)["ca.crl"]
		files := mustMake(t, Config{Dir: dir, Clients: DefaultClients, Revoke: step.revoke, Anew: step.anew})
		if last := files[len(files)-1]; !strings.HasSuffix(last.Path, "ca.crl") || last.Kept != step.kept || (contents(t, dir)["ca.crl"] == before) != step.kept {
			t.Errorf("%s: got %+v", step.name, last)
		}
		l := revokedIn(t, dir)
		for _, name := range DefaultClients {
			if got, want := revoked(l, load(t, dir, name).Leaf.SerialNumber), slices.Contains(step.in, name); got != want {
				t.Errorf("%s: %s is revoked = %v, want %v", step.name, name, got, want)
			}
		}
		if len(l.RevokedCertificateEntries) != len(step.in) {
			t.Errorf("%s: %d are revoked, want %v", step.name, len(l.RevokedCertificateEntries), step.in)
		}
	}
}

func TestWhatCannotBeRevoked(t *testing.T) {
	for name, want := range map[string]string{
		"carol.smo-alpha": "carol.smo-alpha.crt is not there: there is nothing of carol.smo-alpha's to revoke",
		"../server":       `"../server" is no client: write user.tenant, with one dot, for example alice.smo-alpha`,
	} {
		dir := t.TempDir()
		_, err := Make(Config{Dir: dir, Clients: DefaultClients, Revoke: []string{name}}, now)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
