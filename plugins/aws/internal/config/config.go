// Package config is the AWS plugin's configuration.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/sdk"
)

// Config is what stands under `config:` of an adapter of type aws; the plugin's
// README describes each key.
type Config struct {
	// Region is the AWS region to show.
	Region string `json:"region"`
	// OCloudID is shown on deployment managers and pools.
	OCloudID string `json:"ocloudId"`

	// Credentials is a file of credentials as AWS's tools write it, and Profile
	// the section of it to use. Without the file the profile is the platform's.
	Credentials string `json:"credentials"`
	Profile     string `json:"profile"`
	// AccessKeyID, SecretAccessKey and SessionToken are credentials themselves.
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`

	// Endpoint is asked instead of AWS's own, for all services.
	Endpoint string `json:"endpoint"`
	// Timeout bounds one request.
	Timeout sdk.Duration `json:"timeout"`

	// LaunchTemplate, Subnets, AvailabilityZones and MaxSize are for pools that
	// are created without saying.
	LaunchTemplate    string   `json:"launchTemplate"`
	Subnets           []string `json:"subnets"`
	AvailabilityZones []string `json:"availabilityZones"`
	MaxSize           int      `json:"maxSize"`
	// InstanceTypes are listed although no instance is of them yet.
	InstanceTypes []string `json:"instanceTypes"`
	// OnDelete tells what becomes of the desired capacity of a pool of which a
	// resource is deleted: it is decremented, or kept so that AWS replaces it.
	OnDelete string `json:"onDelete"`
	// ForceDelete has pools deleted with the instances in them.
	ForceDelete bool `json:"forceDelete"`
}

// Defaults for what a configuration leaves out.
const (
	DefaultTimeout = 10 * time.Second
	DefaultMaxSize = 10
	DefaultProfile = "default"
)

// What OnDelete may be.
const (
	Decrement = "decrement"
	Keep      = "keep"
)

// WithDefaults returns the configuration with what was left out filled in.
func (c Config) WithDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = sdk.Duration(DefaultTimeout)
	}
	if c.MaxSize == 0 {
		c.MaxSize = DefaultMaxSize
	}
	if c.OnDelete == "" {
		c.OnDelete = Decrement
	}
	if c.Credentials != "" && c.Profile == "" {
		c.Profile = DefaultProfile
	}
	if rest, ok := strings.CutPrefix(c.Credentials, "~/"); ok {
		// By the user database: plugins see no HOME.
		if me, err := user.Current(); err == nil {
			c.Credentials = filepath.Join(me.HomeDir, rest)
		}
	}
	c.Endpoint = strings.TrimRight(c.Endpoint, "/")
	return c
}

var (
	region       = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+-[0-9]+$`)
	zone         = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+-[0-9]+[a-z]?(-[a-z0-9-]+)?$`)
	subnet       = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	instanceType = regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9-]+$`)
)

// Zone tells whether a text can be an availability zone.
func Zone(text string) bool { return zone.MatchString(text) }

// Subnet tells whether a text can be a subnet's id.
func Subnet(text string) bool { return subnet.MatchString(text) }

// Validate reports every problem, each with its key and without any secret.
func (c Config) Validate() error {
	var problems []error
	bad := func(key, format string, args ...any) {
		problems = append(problems, fmt.Errorf(key+": "+format, args...))
	}
	switch {
	case c.Region == "":
		bad("region", "is missing: give the AWS region, such as us-east-1")
	case !region.MatchString(c.Region):
		bad("region", "is %q: give an AWS region, such as us-east-1", c.Region)
	}
	c.checkCredentials(bad)
	if reason := checkEndpoint(c.Endpoint); reason != "" {
		bad("endpoint", "%s", reason)
	}
	if c.Timeout < 0 {
		bad("timeout", "is %v: it must be more than 0, such as 10s", c.Timeout)
	}
	if c.MaxSize < 0 {
		bad("maxSize", "is %d: it must be 1 or more", c.MaxSize)
	}
	if !slices.Contains([]string{"", Decrement, Keep}, c.OnDelete) {
		bad("onDelete", "is %q: it must be %s or %s", c.OnDelete, Decrement, Keep)
	}
	list(bad, "subnets", c.Subnets, subnet, "subnet-0123456789abcdef0")
	list(bad, "availabilityZones", c.AvailabilityZones, zone, "us-east-1a")
	list(bad, "instanceTypes", c.InstanceTypes, instanceType, "m5.large")
	if c.LaunchTemplate != "" {
		if _, err := ParseTemplate(c.LaunchTemplate); err != nil {
			bad("launchTemplate", "%v", err)
		}
	}
	slices.SortStableFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

func list(bad func(key, format string, args ...any), key string, items []string, pattern *regexp.Regexp, example string) {
	for i, item := range items {
		if !pattern.MatchString(item) || slices.Contains(items[:i], item) {
			bad(fmt.Sprintf("%s[%d]", key, i), "is %q: give each once, such as %s", item, example)
		}
	}
}

func (c Config) checkCredentials(bad func(key, format string, args ...any)) {
	if (c.AccessKeyID == "") != (c.SecretAccessKey == "") {
		bad("accessKeyId", "and secretAccessKey belong together: set both or neither")
	}
	if c.SessionToken != "" && c.AccessKeyID == "" {
		bad("sessionToken", "is of no use without accessKeyId and secretAccessKey")
	}
	if c.AccessKeyID != "" && (c.Credentials != "" || c.Profile != "") {
		bad("accessKeyId", "and credentials or profile are both set: set one of them")
	}
	for key, secret := range map[string]string{"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey, "sessionToken": c.SessionToken} {
		if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
			bad(key, "has spaces or characters that no key has: is it the key alone?")
		}
	}
	if strings.HasPrefix(c.Credentials, "~") && !strings.HasPrefix(c.Credentials, "~/") {
		bad("credentials", "%q is another user's home, which only a shell understands: give the full path", c.Credentials)
	}
}

// checkEndpoint says what is wrong with the endpoint, "" if nothing. It repeats
// no endpoint that may have a password in it.
func checkEndpoint(endpoint string) string {
	const example = "such as https://vpce-0123.ec2.us-east-1.vpce.amazonaws.com"
	u, err := url.Parse(endpoint)
	switch {
	case endpoint == "":
		return ""
	case err != nil:
		return "is no URL: leave it out for AWS itself, or give a base URL, " + example
	case u.User != nil:
		return "must hold no user and password: requests are signed"
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("is %q: give a URL with https, %s", endpoint, example)
	case u.RawQuery != "" || u.Fragment != "":
		return "must have neither ? nor #: give the base URL alone, " + example
	case u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback():
		return fmt.Sprintf("is %q: use https, since http shows everyone what is asked and answered (it is for loopback alone)", endpoint)
	default:
		return ""
	}
}
