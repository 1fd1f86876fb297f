// Package config is the DTIAS plugin's configuration.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/sdk"
)

// Config is what stands under `config:` of an adapter of type dtias; the
// plugin's README describes each key.
type Config struct {
	// Endpoint is DTIAS's base URL, without /v2.
	Endpoint string `json:"endpoint"`
	// APIKey is the bearer token; APIKeyFile is a file that holds it. One of them
	// is mandatory.
	APIKey     string `json:"apiKey"`
	APIKeyFile string `json:"apiKeyFile"`
	// CAFile is what DTIAS's certificate is checked with; the system's if empty.
	CAFile string `json:"caFile"`
	// ClientCertFile and ClientKeyFile are shown to DTIAS, if set.
	ClientCertFile string `json:"clientCertFile"`
	ClientKeyFile  string `json:"clientKeyFile"`
	// Timeout bounds one request.
	Timeout sdk.Duration `json:"timeout"`
	// OCloudID is shown on deployment managers and pools.
	OCloudID string `json:"ocloudId"`
	// SiteIDs are the sites to show; all pools and servers, and no sites, if empty.
	SiteIDs []string `json:"siteIds"`
	// Datacenter is where pools are created that name no location.
	Datacenter string `json:"datacenter"`
	// PageSize is how many servers or types are asked for at once.
	PageSize int `json:"pageSize"`
	// Concurrency is how many reads are under way at once.
	Concurrency int `json:"concurrency"`
}

// Defaults for what a configuration leaves out.
const (
	DefaultTimeout     = 30 * time.Second
	DefaultPageSize    = 200
	DefaultConcurrency = 4
)

// The limits of numbers.
const (
	maxPageSize    = 10_000
	maxConcurrency = 64
)

// WithDefaults returns the configuration with what was left out filled in.
func (c Config) WithDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = sdk.Duration(DefaultTimeout)
	}
	if c.PageSize == 0 {
		c.PageSize = DefaultPageSize
	}
	if c.Concurrency == 0 {
		c.Concurrency = DefaultConcurrency
	}
	c.Endpoint = strings.TrimRight(c.Endpoint, "/")
	return c
}

// Validate reports every problem, each with its key and without any secret.
func (c Config) Validate() error {
	var problems []error
	bad := func(key, format string, args ...any) {
		problems = append(problems, fmt.Errorf(key+": "+format, args...))
	}
	if reason := checkEndpoint(c.Endpoint); reason != "" {
		bad("endpoint", "%s", reason)
	}
	switch {
	case c.APIKey == "" && c.APIKeyFile == "":
		bad("apiKey", "is missing: set it to ${DTIAS_API_KEY} or so, or name a file with the key in apiKeyFile")
	case c.APIKey != "" && c.APIKeyFile != "":
		bad("apiKey", "and apiKeyFile are both set: set one of them")
	case !Token(c.APIKey):
		bad("apiKey", "has spaces or characters that no HTTP header can carry: is it the key alone?")
	}
	if (c.ClientCertFile == "") != (c.ClientKeyFile == "") {
		bad("clientCertFile", "and clientKeyFile belong together: set both or neither")
	}
	for key, path := range map[string]string{
		"apiKeyFile": c.APIKeyFile, "caFile": c.CAFile, "clientCertFile": c.ClientCertFile, "clientKeyFile": c.ClientKeyFile,
	} {
		if strings.HasPrefix(path, "~") {
			bad(key, "%q begins with ~, which only a shell understands: give the full path", path)
		}
	}
	if c.Timeout < 0 {
		bad("timeout", "is %v: it must be more than 0, such as 30s", c.Timeout)
	}
	for i, id := range c.SiteIDs {
		if id == "" || slices.Contains(c.SiteIDs[:i], id) {
			bad(fmt.Sprintf("siteIds[%d]", i), "is %q: give each site's id once", id)
		}
	}
	if c.PageSize < 0 || c.PageSize > maxPageSize {
		bad("pageSize", "is %d: it must be from 1 to %d", c.PageSize, maxPageSize)
	}
	if c.Concurrency < 0 || c.Concurrency > maxConcurrency {
		bad("concurrency", "is %d: it must be from 1 to %d", c.Concurrency, maxConcurrency)
	}
	slices.SortStableFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// checkEndpoint says what is wrong with the endpoint, "" if nothing. It repeats
// no endpoint that may have a password in it.
func checkEndpoint(endpoint string) string {
	const example = "such as https://dtias.example.com/api"
	u, err := url.Parse(endpoint)
	switch {
	case endpoint == "":
		return "is missing: give DTIAS's base URL, " + example
	case err != nil:
		return "is no URL: give DTIAS's base URL, " + example
	case u.User != nil:
		return "must hold no user and password: the key goes into apiKey or apiKeyFile"
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("is %q: give a URL with https, %s", endpoint, example)
	case u.RawQuery != "" || u.Fragment != "":
		return "must have neither ? nor #: give the base URL alone, " + example
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v2"):
		return fmt.Sprintf("is %q: leave out /v2, which the plugin adds", endpoint)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Sprintf("is %q: use https, since http would send the key in the clear (it is for loopback alone)", endpoint)
	default:
		return ""
	}
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// Token tells whether a key can stand in a header; the empty one can.
func Token(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}
