package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The operator's guide lists every setting with its default and meaning.
func TestReferenceIsComplete(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Settings() {
		if row := fmt.Sprintf("| `%s` | `%s` | %s |\n", s.Key, s.Default, s.Meaning); !strings.Contains(string(guide), row) {
			t.Errorf("docs/operator.md lacks the row\n%s", row)
		}
	}
}

// Every setting can be overridden, and its default is one that it accepts.
func TestEverySettingHasAVariableAndASoundDefault(t *testing.T) {
	seen := map[string]string{}
	for _, s := range Settings() {
		if other, twice := seen[s.Env]; twice {
			t.Errorf("%s and %s share the variable %s", other, s.Key, s.Env)
		}
		seen[s.Env] = s.Key
	}
	for _, s := range settings {
		if err := s.read(&Config{}, s.fallback, false); err != nil {
			t.Errorf("the default of %s %v", s.key, err)
		}
	}
}

func TestShippedConfigurationsLoad(t *testing.T) {
	files, err := filepath.Glob("../../../configs/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("found %v, %v: want dev, gateway and kube", files, err)
	}
	// What "task run:many" sets.
	for _, name := range []string{
		"AWS_ENDPOINT_URL", "AWS_SHARED_CREDENTIALS_FILE", "DTIAS_ENDPOINT", "DTIAS_API_KEY",
		"OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID", "OPENSTACK_IMAGE", "OS_REGION_NAME",
	} {
		t.Setenv(name, "set")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			want := "127.0.0.1:8080"
			if c.Tenancy.Enabled {
				want = "127.0.0.1:8443"
			}
			if c.Server.Listen != want {
				t.Errorf("listens on %s", c.Server.Listen)
			}
		})
	}
}

// gateway.yaml shows every setting, if only as a comment.
func TestGatewayConfigurationShowsEverySection(t *testing.T) {
	text, err := os.ReadFile("../../../configs/gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Settings() {
		if s.Key == "server.hints" {
			continue // for newcomers alone
		}
		last := s.Key[strings.LastIndexByte(s.Key, '.')+1:]
		if !strings.Contains(string(text), last+":") {
			t.Errorf("gateway.yaml does not show %s", s.Key)
		}
	}
}
