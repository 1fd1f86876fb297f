package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// trialConfig makes the JSON object of a file and of KEY=VALUE settings, which
// come on top of it.
func trialConfig(path string, settings []string) ([]byte, error) {
	config := map[string]any{}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(text, &config); err != nil {
			return nil, fmt.Errorf("%s is no configuration: want a YAML or JSON object of the plugin's keys (%w)", path, err)
		}
		if config == nil {
			config = map[string]any{}
		}
	}
	for _, setting := range settings {
		key, value, ok := strings.Cut(setting, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--set %q: want KEY=VALUE", setting)
		}
		if err := setIn(config, strings.Split(key, "."), trialValue(value)); err != nil {
			return nil, fmt.Errorf("--set %s: %w", key, err)
		}
	}
	return json.Marshal(config)
}

// trialValue is JSON if it can be, and else a text.
func trialValue(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

func setIn(config map[string]any, path []string, value any) error {
	for _, key := range path[:len(path)-1] {
		next, there := config[key]
		if !there {
			next = map[string]any{}
			config[key] = next
		}
		inner, ok := next.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", key)
		}
		config = inner
	}
	config[path[len(path)-1]] = value
	return nil
}
