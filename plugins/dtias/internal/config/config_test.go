package config

import (
	"encoding/json"
	"testing"
	"time"
)

// TestTheArchitecturesExample is the configuration as architecture and guide show it.
func TestTheArchitecturesExample(t *testing.T) {
	var c Config
	raw := `{"endpoint": "https://dtias.dell.com/api", "apiKey": "k", "timeout": "30s", "ocloudId": "ocloud-dtias-1"}`
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	c = c.WithDefaults()
	if c.Endpoint != "https://dtias.dell.com/api" || c.Timeout.Std() != 30*time.Second || c.OCloudID != "ocloud-dtias-1" ||
		c.PageSize != 200 || c.Concurrency != 4 {
		t.Errorf("it is %+v", c)
	}
}

func TestValidate(t *testing.T) {
	const example = "such as https://dtias.example.com/api"
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"nothing":     {func(c *Config) { *c = Config{} }, "apiKey: is missing: set it to ${DTIAS_API_KEY} or so, or name a file with the key in apiKeyFile\nendpoint: is missing: give DTIAS's base URL, " + example},
		"a key file":  {func(c *Config) { c.APIKey, c.APIKeyFile = "", "/run/key" }, ""},
		"both keys":   {func(c *Config) { c.APIKeyFile = "/run/key" }, "apiKey: and apiKeyFile are both set: set one of them"},
		"two lines":   {func(c *Config) { c.APIKey = "a\nb" }, "apiKey: has spaces or characters that no HTTP header can carry: is it the key alone?"},
		"no host":     {func(c *Config) { c.Endpoint = "dtias.dell.com" }, `endpoint: is "dtias.dell.com": give a URL with https, ` + example},
		"no URL":      {func(c *Config) { c.Endpoint = "https://a b:%zz" }, "endpoint: is no URL: give DTIAS's base URL, " + example},
		"with v2":     {func(c *Config) { c.Endpoint = "https://x/api/v2/" }, `endpoint: is "https://x/api/v2/": leave out /v2, which the plugin adds`},
		"a password":  {func(c *Config) { c.Endpoint = "https://u:hunter2@x" }, "endpoint: must hold no user and password: the key goes into apiKey or apiKeyFile"},
		"a query":     {func(c *Config) { c.Endpoint = "https://x?key=hunter2" }, "endpoint: must have neither ? nor #: give the base URL alone, " + example},
		"in the open": {func(c *Config) { c.Endpoint = "http://10.0.0.1" }, `endpoint: is "http://10.0.0.1": use https, since http would send the key in the clear (it is for loopback alone)`},
		"a lookalike": {func(c *Config) { c.Endpoint = "http://127.0.0.1.evil.example" }, `endpoint: is "http://127.0.0.1.evil.example": use https, since http would send the key in the clear (it is for loopback alone)`},
		"loopback":    {func(c *Config) { c.Endpoint = "http://[::1]:8080/" }, ""},
		"a lone file": {func(c *Config) { c.ClientCertFile = "x.crt" }, "clientCertFile: and clientKeyFile belong together: set both or neither"},
		"a home":      {func(c *Config) { c.CAFile = "~/ca.crt" }, `caFile: "~/ca.crt" begins with ~, which only a shell understands: give the full path`},
		"sites twice": {func(c *Config) { c.SiteIDs = []string{"a", "a"} }, `siteIds[1]: is "a": give each site's id once`},
		"numbers": {
			func(c *Config) { c.Timeout, c.PageSize, c.Concurrency = -1, 10_001, 65 },
			"concurrency: is 65: it must be from 1 to 64\npageSize: is 10001: it must be from 1 to 10000\ntimeout: is -1ns: it must be more than 0, such as 30s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Endpoint: "https://dtias.example.com", APIKey: "k"}
			c.change(&cfg)
			got := ""
			if err := cfg.Validate(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
