package oidc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/netweave/netweave/ports/identity"
)

const (
	// maxClaim bounds a text in bytes, maxRoles a list in items.
	maxClaim = 256
	maxRoles = 256
)

// claims reads the claims of a token that the provider has signed, and checks
// those that say when, for whom and for which connection it is.
func (v *Verifier) claims(payload []byte, now time.Time) (identity.Claims, error) {
	var all map[string]any
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	if err := dec.Decode(&all); err != nil {
		return identity.Claims{}, invalid("its claims are no JSON object")
	}
	var c identity.Claims
	if err := v.checkAudience(all["aud"]); err != nil {
		return c, err
	}
	expiry, ok, err := instant(all, "exp")
	switch {
	case err != nil:
		return c, err
	case !ok:
		return c, invalid("it never expires: its exp is missing")
	case now.After(expiry.Add(skew)):
		return c, errExpired
	}
	notBefore, ok, err := instant(all, "nbf")
	switch {
	case err != nil:
		return c, err
	case ok && now.Add(skew).Before(notBefore):
		return c, invalid("it is not valid yet")
	}
	c.Expiry = expiry
	if c.Thumbprint, err = binding(all["cnf"]); err != nil {
		return c, err
	}
	if c.User, err = text(all, v.config.UserClaim); err != nil {
		return c, err
	}
	if all["email_verified"] == false && v.config.UserClaim == "email" {
		return c, invalid("its email, which names the user, is not verified")
	}
	if c.Tenant, err = text(all, v.config.TenantClaim); err != nil {
		return c, err
	}
	if v.config.RolesClaim != "" {
		c.Roles, err = texts(all, v.config.RolesClaim)
	}
	return c, err
}

func (v *Verifier) checkAudience(aud any) error {
	var list []string
	switch aud := aud.(type) {
	case string:
		list = []string{aud}
	case []any:
		for _, item := range aud {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
	}
	for _, name := range list {
		if slices.Contains(v.config.Audiences, name) {
			return nil
		}
	}
	return invalid("it is for another audience than this gateway")
}

// instant reads a time in seconds since 1970.
func instant(all map[string]any, name string) (t time.Time, ok bool, err error) {
	value := all[name]
	if value == nil {
		return time.Time{}, false, nil
	}
	number, isNumber := value.(json.Number)
	seconds, err := number.Float64()
	// Beyond 2^53 it is no time, and would overflow one.
	if !isNumber || err != nil || math.Abs(seconds) > 1<<53 {
		return time.Time{}, false, invalid("its %s is no time in seconds", name)
	}
	return time.Unix(int64(seconds), 0), true, nil
}

// binding returns the thumbprint of the certificate that a token is bound to. A
// token that is bound otherwise counts for whoever can check that.
func binding(cnf any) (string, error) {
	if cnf == nil {
		return "", nil
	}
	const want = "it is bound to something else than a client certificate: its cnf must have x5t#S256 alone"
	members, ok := cnf.(map[string]any)
	if !ok || len(members) != 1 {
		return "", invalid(want)
	}
	thumbprint, ok := members["x5t#S256"].(string)
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(thumbprint); !ok || err != nil || len(raw) != 32 {
		return "", invalid(want)
	}
	return thumbprint, nil
}

// text reads a claim that is text, "" if there is none.
func text(all map[string]any, name string) (string, error) {
	value, ok := lookup(all, name)
	if !ok || value == nil {
		return "", nil
	}
	s, ok := value.(string)
	if !ok {
		return "", invalid("its claim %s must be text", name)
	}
	if len(s) > maxClaim {
		return "", invalid("its claim %s is longer than %d bytes", name, maxClaim)
	}
	return s, nil
}

// texts reads a claim that is a list of texts, or one text.
func texts(all map[string]any, name string) ([]string, error) {
	value, ok := lookup(all, name)
	if !ok || value == nil {
		return nil, nil
	}
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	if len(items) > maxRoles {
		return nil, invalid("its claim %s has more than %d items", name, maxRoles)
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := item.(string)
		if !ok || len(s) > maxClaim {
			return nil, invalid("its claim %s must be a list of texts", name)
		}
		list = append(list, s)
	}
	return list, nil
}

// lookup finds a claim. Names of claims have dots in them too, such as
// "https://example.com/tenant": what is spelled as the name comes first.
func lookup(in map[string]any, name string) (any, bool) {
	if value, ok := in[name]; ok {
		return value, true
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if inner, ok := in[name[:i]].(map[string]any); ok {
			if value, ok := lookup(inner, name[i+1:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}
