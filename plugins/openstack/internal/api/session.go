package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	tokens3 "github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/netweave/netweave/sdk"
)

// renewBefore is how long before its token ends a session is replaced, but no
// sooner than half-way.
const renewBefore = 2 * time.Minute

// Services by their type in the catalog.
const (
	compute   = "compute"
	placement = "placement"
)

// session is what a login gave. It never changes.
type session struct {
	credentials *credentials
	provider    *gophercloud.ProviderClient
	region      string
	endpoints   map[string]string // by service, with a slash at the end; "" where the catalog has none
	renewal     time.Time         // when the token is to be replaced
	expires     time.Time
}

func (s *session) secrets() []string { return append(s.credentials.secrets(), s.provider.TokenID) }

// valid tells whether the token has not ended, and lapsing whether it soon will.
func (s *session) valid() bool   { return time.Now().Before(s.expires) }
func (s *session) lapsing() bool { return time.Now().After(s.renewal) }

// logIn asks Keystone for a token.
func (c *Client) logIn(ctx context.Context, cred *credentials) (*session, *failure) {
	x := exchange{doing: "logging in to Keystone", method: http.MethodGet} // nothing is changed by it
	provider, err := openstack.NewClient(cred.auth.IdentityEndpoint)
	if err != nil {
		return nil, &failure{err: sdk.Errorf(sdk.Invalid, "authURL is no URL of Keystone")}
	}
	httpClient, err := c.httpClient(cred)
	if err != nil {
		return nil, &failure{err: err}
	}
	provider.HTTPClient = *httpClient
	provider.UserAgent.Prepend("netweave")
	identity, err := openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{})
	if err != nil {
		return nil, &failure{err: sdk.Errorf(sdk.Invalid, "authURL is no URL of Keystone v3")}
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	auth := cred.auth
	result := tokens3.Create(bounded, identity, &auth)
	switch answer, isAnswer := errors.AsType[gophercloud.ErrUnexpectedResponseCode](result.Err); {
	case result.Err == nil:
	case isAnswer:
		f := refused(x, answer.Actual, answer.ResponseHeader, answer.Body, cred.secrets())
		if answer.Actual == http.StatusUnauthorized || answer.Actual == http.StatusForbidden {
			f.err = sdk.Errorf(sdk.Denied, "Keystone refused the credentials of %s (%d): check user, password, project and their domains, or the application credential", cred.from, answer.Actual)
		}
		return nil, f
	case ctx.Err() != nil:
		return nil, gaveUp(ctx, x)
	case unbuilt(result.Err):
		return nil, &failure{err: sdk.Errorf(sdk.Denied, "the credentials of %s are not enough to log in: %s", cred.from, redact(result.Err.Error(), cred.secrets()))}
	default:
		return nil, c.broken(x, result.Err, cred.secrets())
	}
	s, err := c.newSession(cred, provider, result)
	if err != nil {
		return nil, &failure{err: err}
	}
	return s, nil
}

// unbuilt tells whether a request was not even made: something is missing.
func unbuilt(err error) bool {
	kind := fmt.Sprintf("%T", err)
	return strings.HasPrefix(kind, "gophercloud.Err") && !strings.Contains(kind, "UnexpectedResponse")
}

func (c *Client) newSession(cred *credentials, provider *gophercloud.ProviderClient, result tokens3.CreateResult) (*session, error) {
	token, err := result.ExtractToken()
	if err != nil || token.ID == "" {
		return nil, sdk.Errorf(sdk.Unavailable, "Keystone's answer to the login has no token: is authURL right, and no proxy between?")
	}
	catalog, err := result.ExtractServiceCatalog()
	if err != nil || len(catalog.Entries) == 0 {
		return nil, sdk.Errorf(sdk.Denied, "Keystone's answer to the login has no catalog: name a project in which the user has a role")
	}
	s := &session{credentials: cred, provider: provider, expires: token.ExpiresAt, renewal: token.ExpiresAt.Add(-renewBefore), endpoints: map[string]string{}}
	if half := time.Now().Add(time.Until(s.expires) / 2); half.After(s.renewal) {
		s.renewal = half
	}
	provider.TokenID = token.ID
	if s.region, err = regionOf(catalog, cred); err != nil {
		return nil, err
	}
	for _, service := range []string{compute, placement} {
		s.endpoints[service] = endpointOf(catalog, service, cred.iface, s.region)
	}
	if s.endpoints[compute] == "" {
		return nil, sdk.Errorf(sdk.Unavailable, "the catalog has no %s endpoint of Nova in the region %q", cred.iface, s.region)
	}
	return s, nil
}

// regionOf is the configured region if Nova is there, or the only one that it is in.
func regionOf(catalog *tokens3.ServiceCatalog, cred *credentials) (string, error) {
	found := map[string]bool{}
	for _, entry := range catalog.Entries {
		for _, e := range entry.Endpoints {
			if entry.Type == compute && e.Interface == cred.iface {
				found[regionName(e)] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(found))
	switch {
	case len(names) == 0:
		return "", sdk.Errorf(sdk.Unavailable, "the catalog has no %s endpoint of Nova: set interface, or a project that may use it", cred.iface)
	case cred.region != "" && !found[cred.region]:
		return "", sdk.Errorf(sdk.Unavailable, "region %q is not in the catalog: it has %s", cred.region, strings.Join(names, ", "))
	case cred.region != "":
		return cred.region, nil
	case len(names) > 1:
		return "", sdk.Errorf(sdk.Unavailable, "region is missing and the catalog has several: set it to one of %s", strings.Join(names, ", "))
	default:
		return names[0], nil
	}
}

func regionName(e tokens3.Endpoint) string {
	if e.RegionID != "" {
		return e.RegionID
	}
	return e.Region
}

func endpointOf(catalog *tokens3.ServiceCatalog, service, iface, region string) string {
	for _, entry := range catalog.Entries {
		for _, e := range entry.Endpoints {
			if entry.Type == service && e.Interface == iface && regionName(e) == region {
				return gophercloud.NormalizeURL(e.URL)
			}
		}
	}
	return ""
}
