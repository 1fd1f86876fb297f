package config

import (
	"encoding/json"
	"os/user"
	"path/filepath"
	"testing"
	"time"
)

// TestTheArchitecturesExample is the configuration as the architecture shows it.
func TestTheArchitecturesExample(t *testing.T) {
	var c Config
	if err := json.Unmarshal([]byte(`{"region": "us-east-1", "credentials": "~/.aws/credentials", "ocloudId": "ocloud-aws-1"}`), &c); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	c = c.WithDefaults()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if c.Region != "us-east-1" || c.OCloudID != "ocloud-aws-1" || c.Credentials != filepath.Join(me.HomeDir, ".aws", "credentials") ||
		c.Profile != "default" || c.Timeout.Std() != 10*time.Second || c.MaxSize != 10 || c.OnDelete != "decrement" {
		t.Errorf("it is %+v", c)
	}
}

func TestValidate(t *testing.T) {
	const example = "such as https://vpce-0123.ec2.us-east-1.vpce.amazonaws.com"
	const secret = "hunter2-hunter2"
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"the least":   {func(*Config) {}, ""},
		"nothing":     {func(c *Config) { *c = Config{} }, "region: is missing: give the AWS region, such as us-east-1"},
		"a zone":      {func(c *Config) { c.Region = "us-east-1a" }, `region: is "us-east-1a": give an AWS region, such as us-east-1`},
		"government":  {func(c *Config) { c.Region = "us-gov-west-1" }, ""},
		"a key":       {func(c *Config) { c.AccessKeyID, c.SecretAccessKey, c.SessionToken = "A", secret, secret }, ""},
		"half a key":  {func(c *Config) { c.SecretAccessKey = secret }, "accessKeyId: and secretAccessKey belong together: set both or neither"},
		"only token":  {func(c *Config) { c.SessionToken = secret }, "sessionToken: is of no use without accessKeyId and secretAccessKey"},
		"two sources": {func(c *Config) { c.AccessKeyID, c.SecretAccessKey, c.Profile = "A", secret, "edge" }, "accessKeyId: and credentials or profile are both set: set one of them"},
		"two lines":   {func(c *Config) { c.AccessKeyID, c.SecretAccessKey = "A", secret+"\n" }, "secretAccessKey: has spaces or characters that no key has: is it the key alone?"},
		"their home":  {func(c *Config) { c.Credentials = "~eve/credentials" }, `credentials: "~eve/credentials" is another user's home, which only a shell understands: give the full path`},
		"no host":     {func(c *Config) { c.Endpoint = "moto:5000" }, `endpoint: is "moto:5000": give a URL with https, ` + example},
		"a password":  {func(c *Config) { c.Endpoint = "https://u:" + secret + "@x" }, "endpoint: must hold no user and password: requests are signed"},
		"a query":     {func(c *Config) { c.Endpoint = "https://x?" + secret }, "endpoint: must have neither ? nor #: give the base URL alone, " + example},
		"in the open": {func(c *Config) { c.Endpoint = "http://10.0.0.1" }, `endpoint: is "http://10.0.0.1": use https, since http shows everyone what is asked and answered (it is for loopback alone)`},
		"a lookalike": {func(c *Config) { c.Endpoint = "http://127.0.0.1.evil.example" }, `endpoint: is "http://127.0.0.1.evil.example": use https, since http shows everyone what is asked and answered (it is for loopback alone)`},
		"loopback":    {func(c *Config) { c.Endpoint = "http://[::1]:5000/" }, ""},
		"a version":   {func(c *Config) { c.LaunchTemplate = "workers:3" }, ""},
		"the latest":  {func(c *Config) { c.LaunchTemplate = "lt-0123456789abcdef0:$Latest" }, ""},
		"no version":  {func(c *Config) { c.LaunchTemplate = "workers:new" }, `launchTemplate: is "workers:new": give a launch template's name or id, with a version after a colon if not the default one, such as workers or workers:3`},
		"lists": {
			func(c *Config) {
				c.Subnets, c.AvailabilityZones, c.InstanceTypes = []string{"net"}, []string{"us-east-1a", "us-east-1a"}, []string{"m5"}
			},
			"availabilityZones[1]: is \"us-east-1a\": give each once, such as us-east-1a\ninstanceTypes[0]: is \"m5\": give each once, such as m5.large\nsubnets[0]: is \"net\": give each once, such as subnet-0123456789abcdef0",
		},
		"the rest": {
			func(c *Config) { c.Timeout, c.MaxSize, c.OnDelete = -1, -1, "replace" },
			"maxSize: is -1: it must be 1 or more\nonDelete: is \"replace\": it must be decrement or keep\ntimeout: is -1ns: it must be more than 0, such as 10s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Region: "us-east-1"}
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
