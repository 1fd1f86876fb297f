package api

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

func place(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// keyed takes requests that are signed with a key of this id.
func keyed(id string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+id+"/") {
			refuses(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")(w, r)
			return
		}
		instances("", "i-1")(w, r)
	}
}

// TestExpiredCredentialsRecover renews the file under a running client.
func TestExpiredCredentialsRecover(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials")
	section := func(id string) string {
		return "[edge]\naws_access_key_id = " + id + "\naws_secret_access_key = " + testSecret + "\naws_session_token = t\n"
	}
	place(t, file, section("OLD"))
	client := newCloud(t, keyed("NEW")).client(t, func(c *config.Config) {
		c.AccessKeyID, c.SecretAccessKey, c.Credentials, c.Profile = "", "", file, "edge"
	})
	_, _, err := client.Instances(t.Context())
	wantError(t, err, sdk.Denied, "listing instances: AWS refused the credentials (ExpiredToken): renew them where the plugin reads them")
	place(t, file, section("NEW"))
	if _, _, err := client.Instances(t.Context()); err != nil {
		t.Errorf("with new credentials: %v", err)
	}
}

// TestThePlatformsCredentials are found in its files, and found anew.
func TestThePlatformsCredentials(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "credentials")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	client := newCloud(t, keyed("NEW")).client(t, func(c *config.Config) { c.AccessKeyID, c.SecretAccessKey = "", "" })
	_, _, err := client.Instances(t.Context())
	wantError(t, err, sdk.Denied, "listing instances: there are no credentials: neither variables, files nor the machine's role give any: ")
	for _, c := range []struct {
		id     string
		denied bool
	}{{"OLD", true}, {"NEW", false}} {
		place(t, file, "[default]\naws_access_key_id = "+c.id+"\naws_secret_access_key = "+testSecret+"\n")
		_, _, err := client.Instances(t.Context())
		if c.denied {
			wantError(t, err, sdk.Denied, "listing instances: AWS refused the credentials (ExpiredToken)")
		} else if err != nil {
			t.Errorf("with %s: %v", c.id, err)
		}
	}
}

func TestBadCredentialFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials")
	for name, c := range map[string]struct{ content, want string }{
		"missing":      {"", "the file that the key credentials names is missing or has no section [default]: write it, or set profile"},
		"another":      {"[edge]\naws_access_key_id = A\naws_secret_access_key = " + testSecret, "the file that the key credentials names is missing or has no section [default]: write it, or set profile"},
		"without keys": {"[default]\nregion = us-east-1\n", "the section [default] of the file that the key credentials names has no aws_access_key_id and aws_secret_access_key"},
		"half a key":   {"[default]\naws_access_key_id = A\n", "the file that the key credentials names cannot be read as one of AWS's: check its lines and its mode"},
	} {
		t.Run(name, func(t *testing.T) {
			_ = os.Remove(file)
			if c.content != "" {
				place(t, file, c.content)
			}
			cloud := newCloud(t, hangs)
			client := cloud.client(t, func(c *config.Config) { c.AccessKeyID, c.SecretAccessKey, c.Credentials = "", "", file })
			_, _, err := client.Instances(t.Context())
			wantError(t, err, sdk.Denied, "listing instances: there are no credentials: "+c.want)
			if n := len(cloud.requests()); n != 0 || err != nil && strings.Contains(err.Error(), testSecret) {
				t.Errorf("it asked %d times and said %v", n, err)
			}
		})
	}
}
