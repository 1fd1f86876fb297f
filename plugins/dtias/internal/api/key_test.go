package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

// TestTheKeyIsSeenNowhere provokes errors of all kinds, some of which carry the
// key, and looks through all that was said.
func TestTheKeyIsSeenNowhere(t *testing.T) {
	l, url := newLab(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(labKey + "\n")
	client, j := newClient(t, config.Config{Endpoint: url, APIKeyFile: file, Timeout: sdk.Duration(time.Second)})
	var said strings.Builder
	provoke := func() {
		_, err := client.Pools(t.Context(), "")
		if err == nil {
			t.Error("nothing went wrong")
			return
		}
		said.WriteString(err.Error() + "\n")
		if cause := errors.Unwrap(err); cause != nil {
			said.WriteString(cause.Error() + "\n")
		}
		_, err = client.CreatePool(t.Context(), NewPool{Name: "x"})
		said.WriteString(err.Error() + "\n")
	}
	for _, f := range []dtias.Fault{
		{Kind: dtias.Echo}, {Kind: dtias.Reset}, {Kind: dtias.Cut}, {Kind: dtias.Page},
		{Kind: dtias.Status, Status: 500, Code: labKey, Message: "Bearer " + labKey}, {Kind: dtias.Status, Status: 302},
	} {
		if err := l.Break(f); err != nil {
			t.Fatal(err)
		}
		provoke()
		l.Mend()
	}
	l.SetAPIKey("another")
	provoke()
	write(labKey + "\nand more " + labKey)
	provoke()
	all := said.String() + j.String()
	if !strings.Contains(all, "[key]") {
		t.Error("no answer held the key: the test provokes too little")
	}
	for _, secret := range []string{labKey, "Bearer lab"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in what was said:\n%s", secret, all)
		}
	}
}

func TestAKeyThatIsReplaced(t *testing.T) {
	l, url := newLab(t)
	file := filepath.Join(t.TempDir(), "key")
	replace := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	client, _ := newClient(t, config.Config{Endpoint: url, APIKeyFile: file})
	if err := client.Version(t.Context()); codeIn(err) != sdk.Denied || !strings.HasPrefix(err.Error(), "apiKeyFile cannot be read: open ") {
		t.Errorf("without a file: %v", err)
	}
	replace("")
	if err := client.Version(t.Context()); codeIn(err) != sdk.Denied || err.Error() != "apiKeyFile "+file+" is empty: write the key into it" {
		t.Errorf("with an empty file: %v", err)
	}
	replace(labKey + "\n")
	if err := client.Version(t.Context()); err != nil {
		t.Errorf("with the key: %v", err)
	}
	l.SetAPIKey("second")
	if err := client.Version(t.Context()); codeIn(err) != sdk.Denied {
		t.Errorf("with an expired key: %v", err)
	}
	replace("second")
	if err := client.Version(t.Context()); err != nil {
		t.Errorf("with the new key: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := client.Version(t.Context()); err != nil {
		t.Errorf("while the file is away: %v", err)
	}
}

// TestAKeyThatIsReplacedMeanwhile has the file change while a request is under way.
func TestAKeyThatIsReplacedMeanwhile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("Authorization") == "Bearer new" {
			_, _ = w.Write([]byte(`{"Rps": []}`))
			return
		}
		_ = os.WriteFile(file, []byte("new"), 0o600)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	client, _ := newClient(t, config.Config{Endpoint: server.URL, APIKeyFile: file})
	if _, err := client.Pools(t.Context(), ""); err != nil || requests.Load() != 2 {
		t.Errorf("%v after %d requests, want none after 2", err, requests.Load())
	}
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := client.Release(t.Context(), "x"); codeIn(err) != sdk.Denied || requests.Load() != 3 {
		t.Errorf("a write: %v after %d requests, want one more", err, requests.Load()-2)
	}
}
