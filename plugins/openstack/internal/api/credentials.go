package api

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// credentials is who logs in, where, and with what.
type credentials struct {
	auth gophercloud.AuthOptions
	// region and iface are "" where nothing says which.
	region, iface string
	tls           *tls.Config // what a clouds.yaml says; nil for none
	// print tells credentials that differ apart, and says nothing of them.
	print [sha256.Size]byte
	// from is where they come from, for messages.
	from string
}

// secrets are the texts that no error may hold.
func (c *credentials) secrets() []string {
	return []string{c.auth.Password, c.auth.ApplicationCredentialSecret, c.auth.Passcode}
}

// readCredentials reads the credentials of the moment. Its errors have code Denied.
func readCredentials(cfg config.Config, getenv func(string) string) (*credentials, error) {
	var c *credentials
	var err error
	switch {
	case cfg.Cloud != "":
		c, err = fromClouds(cfg.Cloud, cfg.CloudsFile, getenv)
	case cfg.UsesKeys():
		c, err = fromKeys(cfg, "the adapter's configuration")
	case getenv("OS_CLOUD") != "":
		c, err = fromClouds(getenv("OS_CLOUD"), "", getenv)
	default:
		c, err = fromEnvironment(getenv)
	}
	if err != nil {
		return nil, err
	}
	c.region = cmp.Or(cfg.Region, c.region)
	c.iface = cmp.Or(cfg.Interface, c.iface, config.DefaultInterface)
	return c, nil
}

// fromKeys takes the keys of an openrc.
func fromKeys(k config.Config, from string) (*credentials, error) {
	secret := k.Password + k.ApplicationCredentialSecret
	if k.PasswordFile != "" {
		raw, err := os.ReadFile(k.PasswordFile)
		if err != nil {
			return nil, sdk.Errorf(sdk.Denied, "passwordFile cannot be read: %w", err)
		}
		if secret = strings.TrimRight(string(raw), "\r\n"); secret == "" {
			return nil, sdk.Errorf(sdk.Denied, "passwordFile %s is empty: write the password into it", k.PasswordFile)
		}
	}
	auth := gophercloud.AuthOptions{
		IdentityEndpoint: k.AuthURL, Username: k.Username, UserID: k.UserID,
		ApplicationCredentialID: k.ApplicationCredentialID, ApplicationCredentialName: k.ApplicationCredentialName,
	}
	if auth.UserID == "" && auth.Username != "" {
		auth.DomainID, auth.DomainName = domain(k.UserDomainID, k.UserDomainName)
	}
	if auth.ApplicationCredentialID != "" || auth.ApplicationCredentialName != "" {
		auth.ApplicationCredentialSecret = secret
	} else {
		auth.Password = secret
		auth.Scope = &gophercloud.AuthScope{ProjectID: k.ProjectID}
		if k.ProjectID == "" {
			auth.Scope.ProjectName = k.ProjectName
			auth.Scope.DomainID, auth.Scope.DomainName = domain(k.ProjectDomainID, k.ProjectDomainName)
		}
	}
	return &credentials{auth: auth, from: from, print: sha256.Sum256([]byte(secret))}, nil
}

// domain is one of both: the id, else the name, else what a fresh Keystone has.
func domain(id, name string) (string, string) {
	if id == "" && name == "" {
		id = "default"
	}
	if id != "" {
		name = ""
	}
	return id, name
}

// fromEnvironment takes OS_* variables, as openrc files set them.
func fromEnvironment(getenv func(string) string) (*credentials, error) {
	k := config.Config{
		AuthURL: getenv("OS_AUTH_URL"), Username: getenv("OS_USERNAME"), UserID: cmp.Or(getenv("OS_USER_ID"), getenv("OS_USERID")),
		Password:       getenv("OS_PASSWORD"),
		UserDomainName: cmp.Or(getenv("OS_USER_DOMAIN_NAME"), getenv("OS_DOMAIN_NAME")), UserDomainID: cmp.Or(getenv("OS_USER_DOMAIN_ID"), getenv("OS_DOMAIN_ID")),
		ProjectName: cmp.Or(getenv("OS_PROJECT_NAME"), getenv("OS_TENANT_NAME")), ProjectID: cmp.Or(getenv("OS_PROJECT_ID"), getenv("OS_TENANT_ID")),
		ProjectDomainName: cmp.Or(getenv("OS_PROJECT_DOMAIN_NAME"), getenv("OS_DOMAIN_NAME")), ProjectDomainID: cmp.Or(getenv("OS_PROJECT_DOMAIN_ID"), getenv("OS_DOMAIN_ID")),
		ApplicationCredentialID:     getenv("OS_APPLICATION_CREDENTIAL_ID"),
		ApplicationCredentialName:   getenv("OS_APPLICATION_CREDENTIAL_NAME"),
		ApplicationCredentialSecret: getenv("OS_APPLICATION_CREDENTIAL_SECRET"),
	}
	if !k.UsesKeys() {
		return nil, sdk.Errorf(sdk.Denied, "nothing says who logs in: set cloud, or authURL and its keys, or have the plugin's environment hold OS_AUTH_URL and the like (plugins.env: [OS_*])")
	}
	if k.ApplicationCredentialID != "" || k.ApplicationCredentialName != "" {
		k.Password, k.ProjectName, k.ProjectID = "", "", ""
	}
	if err := k.Validate(); err != nil {
		return nil, sdk.Errorf(sdk.Denied, "the environment's OS_* variables, by the names of this adapter's keys: %w", err)
	}
	c, err := fromKeys(k, "the environment's OS_* variables")
	if err != nil {
		return nil, err
	}
	c.region, c.iface = getenv("OS_REGION_NAME"), strings.TrimSuffix(getenv("OS_INTERFACE"), "URL")
	return c, nil
}

// fromClouds takes a cloud of a clouds.yaml and of the secure.yaml beside it.
func fromClouds(name, path string, getenv func(string) string) (*credentials, error) {
	path, raw, err := cloudsFile(path, getenv)
	if err != nil {
		return nil, err
	}
	secure, err := os.ReadFile(filepath.Join(filepath.Dir(path), "secure.yaml"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, sdk.Errorf(sdk.Denied, "the secure.yaml beside %s cannot be read: %w", path, err)
	}
	options := []clouds.ParseOption{clouds.WithCloudName(name), clouds.WithCloudsYAML(bytes.NewReader(raw))}
	if len(bytes.TrimSpace(secure)) > 0 {
		options = append(options, clouds.WithSecureYAML(bytes.NewReader(secure)))
	}
	if !bytes.Contains(raw, []byte("clouds:")) {
		return nil, sdk.Errorf(sdk.Denied, "%s is no clouds.yaml: it has no clouds", path)
	}
	auth, endpoint, tlsConfig, err := parseClouds(options)
	if err != nil {
		// What the parser says may quote the file.
		return nil, &sdk.Error{Code: sdk.Denied, Source: sdk.SourceBackend, Message: "cloud " + name + " cannot be read from " + path + ": " + withoutLines(err)}
	}
	if reason := config.CheckAuthURL(auth.IdentityEndpoint); reason != "" {
		return nil, sdk.Errorf(sdk.Denied, "%s: auth_url of the cloud %s %s", path, name, reason)
	}
	auth.AllowReauth = false
	sum := sha256.New()
	sum.Write(raw)
	sum.Write([]byte{0})
	sum.Write(secure)
	c := &credentials{auth: auth, region: endpoint.Region, iface: string(endpoint.Availability), tls: tlsConfig, from: path}
	sum.Sum(c.print[:0])
	return c, nil
}

// parseClouds keeps a file that the parser chokes on from ending the plugin.
func parseClouds(options []clouds.ParseOption) (auth gophercloud.AuthOptions, endpoint gophercloud.EndpointOpts, tlsConfig *tls.Config, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it has no auth section")
		}
	}()
	return clouds.Parse(options...)
}

// withoutLines cuts what a YAML parser quotes from the file.
func withoutLines(err error) string {
	text, _, cut := strings.Cut(err.Error(), "\n")
	if cut || strings.Contains(text, "`") {
		return "it is no YAML of the form that a clouds.yaml has"
	}
	return printable(text, 200)
}

// cloudsFile finds and reads a clouds.yaml where OpenStack's own clients would.
func cloudsFile(path string, getenv func(string) string) (found string, raw []byte, err error) {
	var places []string
	switch {
	case path != "":
		places = []string{path}
	case getenv("OS_CLIENT_CONFIG_FILE") != "":
		places = []string{getenv("OS_CLIENT_CONFIG_FILE")}
	default:
		if home := getenv("HOME"); home != "" {
			places = append(places, filepath.Join(cmp.Or(getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "openstack", "clouds.yaml"))
		}
		places = append(places, "/etc/openstack/clouds.yaml")
	}
	for _, place := range places {
		raw, err = os.ReadFile(place)
		if err == nil {
			return place, raw, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || len(places) == 1 {
			return "", nil, sdk.Errorf(sdk.Denied, "the clouds.yaml cannot be read: %w", err)
		}
	}
	return "", nil, sdk.Errorf(sdk.Denied, "there is no clouds.yaml: looked for %s; set cloudsFile", strings.Join(places, " and "))
}
