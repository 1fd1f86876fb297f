package pluginhost

import (
	"encoding/json"
	"slices"
	"strings"
)

// redactor blanks an adapter's secrets in whatever its plugin says. A plugin
// should not say them; an error of a client library often does.
type redactor struct{ replace *strings.Replacer }

// minSecret is the shortest value that is blanked: a shorter one would blank
// half of an innocent text and is no secret anyway.
const minSecret = 4

// newRedactor finds the secrets of a configuration by the names of their keys.
func newRedactor(config []byte) redactor {
	var document any
	if json.Unmarshal(config, &document) != nil {
		return redactor{}
	}
	secrets := collectSecrets(nil, document, false)
	if len(secrets) == 0 {
		return redactor{}
	}
	// The longest first: one may be another's beginning.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(secrets))
	for _, s := range secrets {
		pairs = append(pairs, s, "[redacted]")
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func collectSecrets(found []string, v any, secret bool) []string {
	switch v := v.(type) {
	case string:
		if secret && len(v) >= minSecret {
			found = append(found, v)
		}
	case []any:
		for _, item := range v {
			found = collectSecrets(found, item, secret)
		}
	case map[string]any:
		for k, item := range v {
			found = collectSecrets(found, item, secret || soundsSecret(k))
		}
	}
	return found
}

func soundsSecret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "api_key", "privatekey", "private_key", "keydata", "key-data"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

func (r redactor) text(s string) string {
	if r.replace == nil {
		return s
	}
	return r.replace.Replace(s)
}
