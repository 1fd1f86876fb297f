package config

import (
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

func keys() Config {
	return Config{AuthURL: "https://keystone.example.com:5000/v3", Username: "u", Password: "p4ss", ProjectName: "admin"}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string // "" for nothing wrong
	}{
		"keys":                       {func(*Config) {}, ""},
		"nothing: the environment's": {func(c *Config) { *c = Config{} }, ""},
		"a cloud":                    {func(c *Config) { *c = Config{Cloud: "mine", CloudsFile: "/etc/openstack/clouds.yaml"} }, ""},
		"an application credential": {func(c *Config) {
			*c = Config{AuthURL: c.AuthURL, ApplicationCredentialID: "id", ApplicationCredentialSecret: "s"}
		}, ""},
		"a password file":        {func(c *Config) { c.Password, c.PasswordFile = "", "/run/secrets/openstack" }, ""},
		"http on loopback":       {func(c *Config) { c.AuthURL = "http://127.0.0.1:5000" }, ""},
		"a file without a cloud": {func(c *Config) { *c = Config{CloudsFile: "/x"} }, "cloud: is missing: name the cloud of /x to use"},
		"a cloud and keys":       {func(c *Config) { c.Cloud = "mine" }, "cloud: and authURL, username, password, projectName are both set"},
		"keys without a URL":     {func(c *Config) { c.AuthURL = "" }, "authURL: is missing: give Keystone's URL, such as https://keystone.example.com:5000/v3"},
		"http":                   {func(c *Config) { c.AuthURL = "http://keystone.example.com" }, "use https, since http would send the password in the clear"},
		"Keystone v2":            {func(c *Config) { c.AuthURL += "/../v2.0/" }, "authURL: is that of Keystone v2"},
		"a user in the URL":      {func(c *Config) { c.AuthURL = "https://u:p4ss@keystone" }, "authURL: must hold no user and password"},
		"no user":                {func(c *Config) { c.Username = "" }, "username: is missing: set it, or userId, or applicationCredentialId"},
		"no project":             {func(c *Config) { c.ProjectName = "" }, "projectName: is missing"},
		"no password":            {func(c *Config) { c.Password = "" }, "password: is missing: set it to ${OS_PASSWORD} or so"},
		"two passwords":          {func(c *Config) { c.PasswordFile = "/x" }, "password: and passwordFile are both set"},
		"a named credential alone": {func(c *Config) {
			*c = Config{AuthURL: c.AuthURL, ApplicationCredentialName: "n", ApplicationCredentialSecret: "s"}
		}, "applicationCredentialName: is a name within a user"},
		"a credential and a project": {func(c *Config) {
			*c = Config{AuthURL: c.AuthURL, ApplicationCredentialID: "n", ApplicationCredentialSecret: "s", ProjectName: "x"}
		}, "projectName: is not used with an application credential"},
		"home":           {func(c *Config) { c.CAFile = "~/ca.pem" }, `caFile: "~/ca.pem" begins with ~`},
		"interface":      {func(c *Config) { c.Interface = "publicURL" }, `interface: is "publicURL": it must be public, internal or admin`},
		"timeout":        {func(c *Config) { c.Timeout = -1 }, "timeout: is"},
		"create timeout": {func(c *Config) { c.CreateTimeout = -1 }, "createTimeout: is"},
		"page size":      {func(c *Config) { c.PageSize = 10_001 }, "pageSize: is 10001: it must be from 1 to 10000"},
		"concurrency":    {func(c *Config) { c.Concurrency = -1 }, "concurrency: is -1: it must be from 1 to 64"},
		"deletion":       {func(c *Config) { c.DeletePool = "force" }, `deletePool: is "force": it must be refuse or removeHosts`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := keys()
			c.change(&cfg)
			err := cfg.Validate()
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q in it", err, c.want)
			case err != nil && strings.Contains(err.Error(), "p4ss"):
				t.Errorf("it tells the password: %v", err)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c := Config{}.WithDefaults()
	if c.Timeout != sdk.Duration(30*time.Second) || c.CreateTimeout != sdk.Duration(20*time.Second) || c.PageSize != 500 || c.Concurrency != 4 ||
		c.Networks != "none" || c.DeletePool != "refuse" || !c.UsesPlacement() {
		t.Errorf("%+v", c)
	}
	off := false
	if (Config{Placement: &off}).UsesPlacement() {
		t.Error("Placement is used though it is switched off")
	}
}
