package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCertsDev(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	got := netweave(t, "certs", "dev", "--dir", dir)
	want := ""
	for _, name := range []string{"ca", "server", "root.platform", "alice.smo-alpha", "bob.smo-beta"} {
		want += "made $DIR/" + name + ".crt\nmade $DIR/" + name + ".key\n"
	}
	want += `made $DIR/ca.crl

With a gateway that uses them, such as that of configs/tenants.yaml, try:

  curl --cacert $DIR/ca.crt --cert $DIR/root.platform.crt --key $DIR/root.platform.key https://127.0.0.1:8443/o2ims/v1/resourcePools
`
	if want = strings.ReplaceAll(want, "$DIR", dir); got != (result{ExitOK, want, ""}) {
		t.Errorf("\n got %+v\nwant %s", got, want)
	}
	got = netweave(t, "certs", "dev", "--dir", dir, "--client", "carol.smo-alpha")
	if got.code != ExitOK || !strings.HasPrefix(got.stdout, "kept "+dir+"/ca.crt\n") || !strings.Contains(got.stdout, "made "+dir+"/carol.smo-alpha.key\n") ||
		!strings.Contains(got.stdout, "--cert "+dir+"/carol.smo-alpha.crt") || strings.Contains(got.stdout, "alice") {
		t.Errorf("another client: got %+v", got)
	}
	got = netweave(t, "certs", "dev", "--dir", dir, "--revoke", "carol.smo-alpha")
	if got.code != ExitOK || !strings.HasSuffix(got.stdout, "kept "+dir+"/bob.smo-beta.key\nmade "+dir+"/ca.crl\nrevoked carol.smo-alpha\n") {
		t.Errorf("a revoked one: got %+v", got)
	}
	if got = netweave(t, "certs", "dev", "--dir", dir, "--force"); got.code != ExitOK || strings.Contains(got.stdout, "kept") {
		t.Errorf("anew: got %+v", got)
	}
	if got = netweave(t, "certs", "dev", "--dir", dir, "--client", "carol"); got != (result{ExitFailure, "",
		"netweave: \"carol\" is no client: write user.tenant, with one dot, for example alice.smo-alpha\n"}) {
		t.Errorf("no client: got %+v", got)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got = netweave(t, "certs", "dev", "--dir", file); got.code != ExitFailure || !strings.HasPrefix(got.stderr, "netweave: the folder for the certificates cannot be made: ") {
		t.Errorf("a file: got %+v", got)
	}
}
