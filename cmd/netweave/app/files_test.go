package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/o2"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretsFromFiles(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		given      o2.Secret
		want       string
		wrong      string
	}{
		{"given", "", "from a variable", "from a variable", ""},
		{"a file", write(t, "a", "s3cr3t\n"), "", "s3cr3t", ""},
		{"spaces count", write(t, "b", " s3cr3t \r\n"), "", " s3cr3t ", ""},
		{"empty", write(t, "c", "\n"), "", "", "is empty"},
		{"not there", "/none/at/all", "", "", "no such file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := secret("store.redis.passwordFile", tc.file, tc.given)
			if tc.wrong != "" {
				if err == nil || !strings.HasPrefix(err.Error(), "store.redis.passwordFile: ") || !strings.Contains(err.Error(), tc.wrong) {
					t.Errorf("got %v, want an error with %q", err, tc.wrong)
				}
				return
			}
			if err != nil || got.Reveal() != tc.want {
				t.Errorf("got %q, %v, want %q", got.Reveal(), err, tc.want)
			}
		})
	}
}

func TestRedisIsAskedAsConfigured(t *testing.T) {
	servers := newAuthority(t, "redis")
	cert, key := servers.issue("netweave")
	got, files, err := redisConfig(config.Redis{
		Addresses: []string{"a:1"}, MasterName: "m", Username: "u", PasswordFile: write(t, "p", "pw\n"), SentinelPassword: "spw",
		TLS:      config.RedisTLS{Enabled: true, CAFile: servers.file(), CertFile: cert, KeyFile: key, ServerName: "redis.example.org"},
		Database: 3, Prefix: "x:", Replicas: 2, WaitTimeout: 4e9,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Password.Reveal() != "pw" || got.SentinelPassword.Reveal() != "spw" || files.Certificate() == nil ||
		got.Database != 3 || got.Prefix != "x:" || got.Replicas != 2 {
		t.Errorf("got %+v", got)
	}
	if now := got.TLS(); now.ServerName != "redis.example.org" || now.RootCAs == nil || len(now.Certificates) != 1 {
		t.Errorf("got the TLS of %q with %d certificates", now.ServerName, len(now.Certificates))
	}
	if got.ReadTimeout <= got.WaitTimeout {
		t.Errorf("answers are awaited for %v, replicas for %v", got.ReadTimeout, got.WaitTimeout)
	}
	_, _, err = redisConfig(config.Redis{TLS: config.RedisTLS{Enabled: true, CAFile: key}})
	if err == nil || !strings.HasPrefix(err.Error(), "store.redis.tls.caFile: ") || !strings.HasSuffix(err.Error(), "holds no PEM certificate") {
		t.Errorf("a key as authority: %v", err)
	}
}

func TestNotificationsAreSentAsConfigured(t *testing.T) {
	receivers := newAuthority(t, "smo")
	cert, key := receivers.issue("netweave")
	c := config.Subscriptions{Callbacks: config.Callbacks{
		CAFile: receivers.file(), CertFile: cert, KeyFile: key,
		OAuth2: config.OAuth2{TokenURL: "https://sso/", ClientID: "n", ClientSecretFile: write(t, "s", "cs\n"), Hosts: []string{"smo"}, Scopes: []string{"x"}},
	}}
	got, _, err := senderConfig(c, "v1")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := got.ClientCertificate(nil)
	if err != nil || len(shown.Certificate) == 0 || got.RootCAs == nil || got.UserAgent != "netweave/v1" {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(got.Credentials) != 1 || got.Credentials[0].ClientSecret.Reveal() != "cs" || got.Credentials[0].Hosts[0] != "smo" {
		t.Errorf("credentials %+v", got.Credentials)
	}
	if plain, _, err := senderConfig(config.Subscriptions{}, "v1"); err != nil || plain.ClientCertificate != nil || plain.RootCAs != nil || plain.Credentials != nil {
		t.Errorf("without files: %+v, %v", plain, err)
	}
}
