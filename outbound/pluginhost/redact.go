package pluginhost

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// redactor blanks an adapter's secrets in whatever its plugin says. A plugin
// should not say them; an error of a client library often does. Copies share what
// they know.
type redactor struct{ known *knownSecrets }

// knownSecrets are those of an adapter's latest configurations: a process goes on by
// an old one until its replacement is there.
type knownSecrets struct {
	mu   sync.Mutex
	sets [][]string
	// running are the sets of the process that runs and of the one before it, which
	// may still be drained: they stay, however many configurations are refused.
	running [][]string
	replace atomic.Pointer[strings.Replacer]
}

// rememberedConfigs is how many configurations' secrets are blanked.
const rememberedConfigs = 4

// minSecret is the shortest value that is blanked: a shorter one would blank
// half of an innocent text and is no secret anyway.
const minSecret = 4

// newRedactor finds the secrets of a configuration by the names of their keys.
func newRedactor(config []byte) redactor {
	r := redactor{&knownSecrets{}}
	r.add(config)
	return r
}

// add has the secrets of another configuration blanked as well.
func (r redactor) add(config []byte) {
	secrets := secretsOf(config)
	if len(secrets) == 0 {
		return
	}
	r.known.mu.Lock()
	defer r.known.mu.Unlock()
	r.known.sets = latest(append(r.known.sets, secrets), rememberedConfigs)
	r.known.rebuild()
}

// runsBy notes that a process runs by a configuration.
func (r redactor) runsBy(config []byte) {
	secrets := secretsOf(config)
	r.known.mu.Lock()
	defer r.known.mu.Unlock()
	r.known.running = latest(append(r.known.running, secrets), 2)
	r.known.rebuild()
}

func latest(sets [][]string, n int) [][]string { return sets[max(0, len(sets)-n):] }

// rebuild has all known secrets blanked. The caller holds mu.
func (k *knownSecrets) rebuild() {
	all := slices.Concat(append(slices.Clone(k.sets), k.running...)...)
	if len(all) == 0 {
		return
	}
	// The longest first: one may be another's beginning.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(all))
	for _, s := range all {
		pairs = append(pairs, s, "[redacted]")
	}
	k.replace.Store(strings.NewReplacer(pairs...))
}

func secretsOf(config []byte) (secrets []string) {
	var document any
	dec := json.NewDecoder(bytes.NewReader(config))
	dec.UseNumber()
	if dec.Decode(&document) != nil {
		return nil
	}
	for _, s := range collectSecrets(nil, document, false) {
		secrets = append(secrets, disguises(s)...)
	}
	return secrets
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
	if r.known == nil {
		return s
	}
	replace := r.known.replace.Load()
	if replace == nil {
		return s
	}
	return replace.Replace(s)
}
