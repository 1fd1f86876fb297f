package api

import (
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
)

// key is the API key: one that was configured, or what a file holds at the
// moment, so that a rotated one is used from the next request on.
type key struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	value string // the last good one
	state string // why the file could not be read last; "" if it could
}

func newKey(cfg config.Config, log *slog.Logger) *key {
	return &key{path: cfg.APIKeyFile, value: cfg.APIKey, log: log}
}

// current reads the file. While it cannot be read the last good key serves on:
// a file that is being replaced may be away for a moment.
func (k *key) current() (string, error) {
	if k.path == "" {
		return k.value, nil
	}
	value, reason := readKey(k.path)
	k.mu.Lock()
	defer k.mu.Unlock()
	if reason == "" {
		if k.value != "" && k.value != value {
			k.log.Info("the API key was replaced: using the new one")
		}
		k.value, k.state = value, ""
		return value, nil
	}
	if k.value == "" {
		return "", sdk.Errorf(sdk.Denied, "apiKeyFile %s", reason)
	}
	if k.state != reason {
		k.log.Warn("keeping the API key that was read before: apiKeyFile " + reason)
	}
	k.state = reason
	return k.value, nil
}

// readKey says why there is no key in a file, without saying what is.
func readKey(path string) (value, reason string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", "cannot be read: " + err.Error()
	}
	value = strings.TrimSpace(string(raw))
	switch {
	case value == "":
		return "", path + " is empty: write the key into it"
	case !config.Token(value):
		return "", path + " holds more than a key: write the key alone into it"
	default:
		return value, ""
	}
}
