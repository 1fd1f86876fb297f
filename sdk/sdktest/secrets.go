package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/netweave/netweave/sdk"
)

// minSecret is the shortest value that is looked for: shorter ones are in any text.
const minSecret = 6

// secret is a text of the configuration whose key sounds like a secret's.
type secret struct{ key, value string }

func secretsOf(config []byte) []secret {
	var document any
	if json.Unmarshal(config, &document) != nil {
		return nil
	}
	return collectSecrets(nil, "", document, false)
}

func collectSecrets(found []secret, key string, v any, sounds bool) []secret {
	switch v := v.(type) {
	case string:
		if sounds && len(v) >= minSecret {
			found = append(found, secret{key, v})
		}
	case []any:
		for _, item := range v {
			found = collectSecrets(found, key, item, sounds)
		}
	case map[string]any:
		for k, item := range v {
			found = collectSecrets(found, k, item, sounds || soundsSecret(k))
		}
	}
	return found
}

func soundsSecret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"password", "secret", "token", "credential", "apikey", "privatekey"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// keeps complains if a text that others read holds a secret.
func keeps(secrets []secret, where, text string) error {
	for _, s := range secrets {
		if strings.Contains(text, s.value) {
			return fmt.Errorf("%s holds the value of the configuration's %s: users and logs see it, so leave it out", where, s.key)
		}
	}
	return nil
}

// keepsSecrets looks for secrets in all that a plugin lists, and in what it says
// of an object that is not there.
func keepsSecrets(ctx context.Context, s *subject, secrets []secret) error {
	for _, k := range s.kinds() {
		objects, err := k.all(ctx, sdk.ListOptions{})
		if err != nil {
			return keeps(secrets, "the error of "+k.listName(), err.Error())
		}
		for _, o := range objects {
			raw, err := json.Marshal(o)
			if err != nil {
				return err
			}
			if err := keeps(secrets, called(o), string(raw)); err != nil {
				return err
			}
		}
		if _, err := k.get(ctx, "sdktest-no-such-id"); err != nil {
			if err := keeps(secrets, "the error of "+k.getName()+" of an unknown id", err.Error()); err != nil {
				return err
			}
		}
	}
	if err := s.Health(ctx); err != nil {
		return keeps(secrets, "the error of Health", err.Error())
	}
	return nil
}
