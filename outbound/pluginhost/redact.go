package pluginhost

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
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
	dec := json.NewDecoder(bytes.NewReader(config))
	dec.UseNumber()
	if dec.Decode(&document) != nil {
		return redactor{}
	}
	var secrets []string
	for _, s := range collectSecrets(nil, document, false) {
		secrets = append(secrets, disguises(s)...)
	}
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

// disguises are the forms in which a text shows what it holds: as it is, quoted
// as Go or JSON quote, in a URL, and, of several lines, each of them.
func disguises(secret string) []string {
	quoted := strconv.Quote(secret)
	forms := []string{secret, quoted[1 : len(quoted)-1], url.QueryEscape(secret), url.PathEscape(secret)}
	if raw, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(raw[1:len(raw)-1]))
	}
	if lines := strings.FieldsFunc(secret, func(r rune) bool { return r == '\n' || r == '\r' }); len(lines) > 1 {
		for _, line := range lines {
			if len(line) >= minSecretLine && !strings.HasPrefix(line, "-----") {
				forms = append(forms, line)
			}
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// minSecretLine is the shortest line of a secret that is blanked by itself.
const minSecretLine = 8

func collectSecrets(found []string, v any, secret bool) []string {
	switch v := v.(type) {
	case string:
		if secret && len(v) >= minSecret {
			found = append(found, v)
		}
	case json.Number:
		if secret && len(v) >= minSecret {
			found = append(found, v.String())
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
	for _, word := range []string{
		"password", "passwd", "pwd", "passphrase", "secret", "token", "bearer", "credential",
		"apikey", "api_key", "accesskey", "access_key", "privatekey", "private_key", "keydata", "key-data",
	} {
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
