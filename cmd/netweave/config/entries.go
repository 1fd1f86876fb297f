package config

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Entry is one key of a configuration with its value, defaults included.
type Entry struct {
	// Key is as in the document, but for adapters, which go by their names:
	// adapters[lab].config.endpoint.
	Key string
	// Value is never to be shown if Hidden is set.
	Value  string
	Hidden bool
	// Hot: a running gateway goes by another value at once.
	Hot bool
}

// Entries are all keys of c, sorted.
func (c *Config) Entries() []Entry {
	var list []Entry
	for _, s := range settings {
		list = append(list, Entry{Key: s.key, Value: s.show(c), Hidden: s.secret, Hot: IsHot(s.key)})
	}
	for i, t := range c.Auth.Tokens {
		list = append(list, Entry{
			Key: fmt.Sprintf("%s[%d]", tokensKey, i), Value: fmt.Sprintf("%q %q %x", t.User, t.Tenant, t.SHA256), Hidden: true,
		})
	}
	list = append(list, c.OCloud.entries()...)
	for i := range c.Alarms.Receivers {
		one := &c.Alarms.Receivers[i]
		list = append(list, Entry{Key: fmt.Sprintf("%s[%s]", receiversKey, one.Name), Value: receiverText(one), Hot: true})
	}
	for _, v := range c.API.Versions {
		list = append(list, v.entries()...)
	}
	for _, a := range c.Adapters {
		list = append(list, a.entries()...)
	}
	for i, r := range c.Routing.Rules {
		list = append(list, Entry{Key: fmt.Sprintf("%s.rules[%d]", routingKey, i), Value: r.text(), Hot: true})
	}
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// entries are the keys of oCloud that are no settings.
func (o OCloud) entries() []Entry {
	var list []Entry
	add := func(key string, value any) {
		text, err := json.Marshal(value)
		if err != nil { // which is not possible: all of it can be shown as JSON
			text = []byte(err.Error())
		}
		list = append(list, Entry{Key: oCloudKey + "." + key, Value: string(text)})
	}
	if o.Extensions != "" {
		add("extensions", json.RawMessage(o.Extensions))
	}
	for _, l := range o.Locations {
		add(fmt.Sprintf("locations[%s]", l.GlobalID), l)
	}
	for _, s := range o.Sites {
		add(fmt.Sprintf("sites[%s]", s.ID), s)
	}
	return list
}

// entries are an adapter's keys. Any part of what its plugin is given may be a
// secret.
func (a Adapter) entries() []Entry {
	at := fmt.Sprintf("%s[%s].", adaptersKey, a.Name)
	var list []Entry
	for key, value := range map[string]any{
		"type": a.Type, "enabled": a.Enabled, "default": a.Default,
		"pollInterval": a.PollInterval, "staleAfter": a.StaleAfter, "readyWait": a.ReadyWait,
		"timeouts.read": a.Timeouts.Read, "timeouts.write": a.Timeouts.Write, "timeouts.health": a.Timeouts.Health,
	} {
		list = append(list, Entry{Key: at + key, Value: fmt.Sprint(value), Hot: true})
	}
	for key, value := range a.Config.parts() {
		list = append(list, Entry{Key: at + "config." + key, Value: string(value), Hidden: true, Hot: true})
	}
	return list
}

// parts are what each of the plugin's keys holds.
func (p PluginConfig) parts() map[string]json.RawMessage {
	parts := map[string]json.RawMessage{}
	if err := json.Unmarshal(p.JSON(), &parts); err != nil { // which is not possible: it was made by Marshal, of a mapping
		return map[string]json.RawMessage{"": p.JSON()}
	}
	return parts
}

// text is the same for equal rules alone.
func (r Rule) text() string {
	var b strings.Builder
	b.WriteString(r.ResourceType)
	for _, attribute := range slices.Sorted(maps.Keys(r.Filter)) {
		fmt.Fprintf(&b, " %s=%#v", attribute, r.Filter[attribute])
	}
	fmt.Fprintf(&b, " to %s by %s, priority %d", strings.Join(r.Adapters, ","), r.Strategy, r.Priority)
	return b.String()
}

// rounds make it slow to guess a secret by its digest.
const rounds = 4096

// Digest is the same for equal values of the key alone, as far as anybody can
// tell, and does not show the value.
func (e Entry) Digest(salt string) string { return slowly(e.Key+"\x00"+e.Value, salt, 16) }

// Version tells configurations apart. It is the same wherever all keys have the
// same values.
func (c *Config) Version() string {
	h := sha256.New()
	for _, e := range c.Entries() {
		fmt.Fprintf(h, "%q %q\n", e.Key, e.Value)
	}
	return slowly(string(h.Sum(nil)), "version", 6)
}

func slowly(text, salt string, length int) string {
	key, err := pbkdf2.Key(sha256.New, text, []byte("netweave configuration "+salt), rounds, length)
	if err != nil { // which is only possible where shorter keys are forbidden
		key = make([]byte, length)
		sum := sha256.Sum256([]byte(salt + "\x00" + text))
		copy(key, sum[:])
	}
	return hex.EncodeToString(key)
}
