// Package config is the OpenStack plugin's configuration.
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

// Config is what stands under `config:` of an adapter of type openstack; the
// plugin's README describes each key.
type Config struct {
	// Cloud is a name in a clouds.yaml, and CloudsFile is that file, read again
	// whenever it has changed.
	Cloud      string `json:"cloud"`
	CloudsFile string `json:"cloudsFile"`

	// The keys of an openrc, for those who have no clouds.yaml. Without these and
	// without Cloud the environment's OS_* variables are used.
	AuthURL           string `json:"authURL"`
	Username          string `json:"username"`
	UserID            string `json:"userId"`
	Password          string `json:"password"`
	UserDomainName    string `json:"userDomainName"`
	UserDomainID      string `json:"userDomainId"`
	ProjectName       string `json:"projectName"`
	ProjectID         string `json:"projectId"`
	ProjectDomainName string `json:"projectDomainName"`
	ProjectDomainID   string `json:"projectDomainId"`

	ApplicationCredentialID     string `json:"applicationCredentialId"`
	ApplicationCredentialName   string `json:"applicationCredentialName"`
	ApplicationCredentialSecret string `json:"applicationCredentialSecret"`
	// PasswordFile holds the password, or the application credential's secret; it
	// is read again whenever it has changed.
	PasswordFile string `json:"passwordFile"`

	// Region is which of the catalog's regions this adapter shows.
	Region string `json:"region"`
	// Interface is which of the catalog's endpoints are used.
	Interface string `json:"interface"`
	// CAFile is what certificates are checked with; the system's if empty.
	CAFile string `json:"caFile"`
	// Timeout bounds one request.
	Timeout sdk.Duration `json:"timeout"`

	// OCloudID is shown on the deployment manager and the pools.
	OCloudID string `json:"ocloudId"`
	// Placement tells whether to read capacity from Placement; nil means yes.
	Placement *bool `json:"placement"`
	// PageSize is how many servers, hypervisors or flavors are asked for at once.
	PageSize int `json:"pageSize"`
	// Concurrency is how many reads are under way at once.
	Concurrency int `json:"concurrency"`

	// Image, Networks and KeyName are what a new server gets that names none.
	Image    string `json:"image"`
	Networks string `json:"networks"`
	KeyName  string `json:"keyName"`
	// CreateTimeout is how long to wait for a new server to show.
	CreateTimeout sdk.Duration `json:"createTimeout"`
	// DeletePool says what to do with an aggregate that has hosts.
	DeletePool string `json:"deletePool"`
}

// Values of Config.DeletePool.
const (
	// DeleteRefuse leaves an aggregate that has hosts as it is.
	DeleteRefuse = "refuse"
	// DeleteRemoveHosts takes its hosts out first.
	DeleteRemoveHosts = "removeHosts"
)

// Defaults for what a configuration leaves out.
const (
	DefaultTimeout       = 30 * time.Second
	DefaultCreateTimeout = 20 * time.Second
	DefaultPageSize      = 500
	DefaultConcurrency   = 4
	DefaultInterface     = "public"
	DefaultNetworks      = "none"
)

const (
	maxPageSize    = 10_000
	maxConcurrency = 64
)

// WithDefaults returns the configuration with what was left out filled in.
func (c Config) WithDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = sdk.Duration(DefaultTimeout)
	}
	if c.CreateTimeout == 0 {
		c.CreateTimeout = sdk.Duration(DefaultCreateTimeout)
	}
	if c.PageSize == 0 {
		c.PageSize = DefaultPageSize
	}
	if c.Concurrency == 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Networks == "" {
		c.Networks = DefaultNetworks
	}
	if c.DeletePool == "" {
		c.DeletePool = DeleteRefuse
	}
	return c
}

// UsesPlacement tells whether capacity is read from Placement.
func (c Config) UsesPlacement() bool { return c.Placement == nil || *c.Placement }

// UsesKeys tells whether the configuration itself says who logs in.
func (c Config) UsesKeys() bool { return c.AuthURL != "" || len(c.identityKeys()) > 0 }

// identityKeys are the set keys that belong to AuthURL.
func (c Config) identityKeys() []string {
	var set []string
	for _, k := range []struct{ name, value string }{
		{"username", c.Username}, {"userId", c.UserID}, {"password", c.Password},
		{"userDomainName", c.UserDomainName}, {"userDomainId", c.UserDomainID},
		{"projectName", c.ProjectName}, {"projectId", c.ProjectID},
		{"projectDomainName", c.ProjectDomainName}, {"projectDomainId", c.ProjectDomainID},
		{"applicationCredentialId", c.ApplicationCredentialID}, {"applicationCredentialName", c.ApplicationCredentialName},
		{"applicationCredentialSecret", c.ApplicationCredentialSecret},
	} {
		if k.value != "" {
			set = append(set, k.name)
		}
	}
	return set
}

// Validate reports every problem, each with its key and without any secret.
func (c Config) Validate() error {
	var problems []error
	bad := func(key, format string, args ...any) {
		problems = append(problems, fmt.Errorf(key+": "+format, args...))
	}
	c.checkIdentity(bad)
	for _, file := range []struct{ key, path string }{{"cloudsFile", c.CloudsFile}, {"passwordFile", c.PasswordFile}, {"caFile", c.CAFile}} {
		if strings.HasPrefix(file.path, "~") {
			bad(file.key, "%q begins with ~, which only a shell understands: give the full path", file.path)
		}
	}
	if !slices.Contains([]string{"", "public", "internal", "admin"}, c.Interface) {
		bad("interface", "is %q: it must be public, internal or admin", c.Interface)
	}
	if c.Timeout < 0 {
		bad("timeout", "is %v: it must be more than 0, such as 30s", c.Timeout)
	}
	if c.CreateTimeout < 0 {
		bad("createTimeout", "is %v: it must be more than 0, such as 20s", c.CreateTimeout)
	}
	if c.PageSize < 0 || c.PageSize > maxPageSize {
		bad("pageSize", "is %d: it must be from 1 to %d", c.PageSize, maxPageSize)
	}
	if c.Concurrency < 0 || c.Concurrency > maxConcurrency {
		bad("concurrency", "is %d: it must be from 1 to %d", c.Concurrency, maxConcurrency)
	}
	if !slices.Contains([]string{"", DeleteRefuse, DeleteRemoveHosts}, c.DeletePool) {
		bad("deletePool", "is %q: it must be %s or %s", c.DeletePool, DeleteRefuse, DeleteRemoveHosts)
	}
	return errors.Join(problems...)
}

func (c Config) checkIdentity(bad func(key, format string, args ...any)) {
	keys := c.identityKeys()
	if c.Cloud != "" {
		if c.AuthURL != "" || len(keys) > 0 {
			bad("cloud", "and %s are both set: take everything from the clouds.yaml, or name no cloud", strings.Join(append([]string{"authURL"}, keys...), ", "))
		}
		return
	}
	if c.CloudsFile != "" {
		bad("cloud", "is missing: name the cloud of %s to use", c.CloudsFile)
		return
	}
	if !c.UsesKeys() {
		return // the environment's
	}
	if reason := CheckAuthURL(c.AuthURL); reason != "" {
		bad("authURL", "%s", reason)
	}
	secret := "password"
	if c.ApplicationCredentialID != "" || c.ApplicationCredentialName != "" {
		secret = "applicationCredentialSecret"
		if c.ApplicationCredentialID == "" && c.Username == "" && c.UserID == "" {
			bad("applicationCredentialName", "is a name within a user: set username and userDomainName too, or use applicationCredentialId")
		}
		if c.Password != "" {
			bad("password", "is not used with an application credential: set one or the other")
		}
		if c.ProjectName != "" || c.ProjectID != "" {
			bad("projectName", "is not used with an application credential, which has a project of its own")
		}
	} else {
		if c.Username == "" && c.UserID == "" {
			bad("username", "is missing: set it, or userId, or applicationCredentialId")
		}
		if c.ProjectName == "" && c.ProjectID == "" {
			bad("projectName", "is missing: name the project in which the user has its role, such as admin")
		}
	}
	value := c.Password + c.ApplicationCredentialSecret
	switch {
	case value == "" && c.PasswordFile == "":
		bad(secret, "is missing: set it to ${OS_PASSWORD} or so, or name a file that holds it in passwordFile")
	case value != "" && c.PasswordFile != "":
		bad(secret, "and passwordFile are both set: set one of them")
	}
}

// CheckAuthURL says what is wrong with Keystone's URL, "" if nothing. It repeats
// no URL that may have a password in it.
func CheckAuthURL(raw string) string {
	const example = "such as https://keystone.example.com:5000/v3"
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return "is missing: give Keystone's URL, " + example
	case err != nil:
		return "is no URL: give Keystone's URL, " + example
	case u.User != nil:
		return "must hold no user and password: they have keys of their own"
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("is %q: give a URL with https, %s", raw, example)
	case u.RawQuery != "" || u.Fragment != "":
		return "must have neither ? nor #: give the URL alone, " + example
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v2.0"):
		return "is that of Keystone v2, which is not spoken here: use " + example[len("such as "):]
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Sprintf("is %q: use https, since http would send the password in the clear (it is for loopback alone)", raw)
	default:
		return ""
	}
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
