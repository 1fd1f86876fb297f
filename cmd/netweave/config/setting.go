package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting documents one scalar of the fixed sections.
type Setting struct {
	// Key is the path in the document, Env the variable that overrides it.
	Key, Env string
	// Default is as one would write it.
	Default string
	// Meaning is one line for the reference.
	Meaning string
	// Hot: a running gateway goes by a new value at once. Else it needs a restart.
	Hot bool
}

// Settings lists every scalar of the fixed sections, in the reference's order.
func Settings() []Setting {
	list := make([]Setting, 0, len(settings))
	for _, s := range settings {
		list = append(list, Setting{Key: s.key, Env: envName(s.key), Default: shownDefault(s.fallback), Meaning: s.meaning, Hot: IsHot(s.key)})
	}
	return list
}

func shownDefault(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return "(none)"
		}
		return v
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// setting reads one scalar, or list of texts, of the fixed sections.
type setting struct {
	key, meaning string
	// fallback is what viper is told as the default: text, a bool, an int, or a
	// list of texts; durations are text.
	fallback any
	// read puts a value that viper found into c. untyped values come from the
	// environment and are text whatever they stand for. Its error completes the
	// sentence "<key> ...".
	read func(c *Config, value any, untyped bool) error
	// show is the value in c as text, the same for equal values alone; take gives
	// to the value that from has.
	show func(c *Config) string
	take func(to, from *Config)
	// secret: it is not to be written into the document itself.
	secret bool
}

// shownAs is s, of which at finds the value.
func shownAs[T any](s setting, at func(*Config) *T) setting {
	s.show = func(c *Config) string {
		switch v := any(*at(c)).(type) {
		case []string:
			return shownDefault(v)
		default:
			return fmt.Sprint(v)
		}
	}
	s.take = func(to, from *Config) { *at(to) = *at(from) }
	return s
}

func textSetting(key, fallback, meaning string, at func(*Config) *string, check func(string) error) setting {
	return shownAs(setting{key: key, meaning: meaning, fallback: fallback, read: func(c *Config, value any, _ bool) error {
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("must be text: put it in quotes")
		}
		if check != nil {
			if err := check(text); err != nil {
				return err
			}
		}
		*at(c) = text
		return nil
	}}, at)
}

func flagSetting(key string, fallback bool, meaning string, at func(*Config) *bool) setting {
	return shownAs(setting{key: key, meaning: meaning, fallback: fallback, read: func(c *Config, value any, untyped bool) error {
		v, ok := value.(bool)
		if text, isText := value.(string); isText && untyped {
			var err error
			if v, err = parseFlag(text); err != nil {
				return err
			}
			ok = true
		}
		if !ok {
			return fmt.Errorf("must be %s", wantFlag)
		}
		*at(c) = v
		return nil
	}}, at)
}

func integerSetting(key string, fallback, least, most int, meaning string, at func(*Config) *int) setting {
	return shownAs(setting{key: key, meaning: meaning, fallback: fallback, read: func(c *Config, value any, untyped bool) error {
		v, ok := value.(int)
		if text, isText := value.(string); isText && untyped {
			var err error
			v, err = strconv.Atoi(text)
			ok = err == nil
		}
		if !ok {
			return fmt.Errorf("must be %s", wantInteger)
		}
		if v < least || v > most {
			return fmt.Errorf("must be from %d to %d", least, most)
		}
		*at(c) = v
		return nil
	}}, at)
}

// durationSetting takes durations of at least least.
func durationSetting(key, fallback string, least time.Duration, meaning string, at func(*Config) *time.Duration) setting {
	return shownAs(setting{key: key, meaning: meaning, fallback: fallback, read: func(c *Config, value any, _ bool) error {
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("must be %s", wantDuration)
		}
		v, err := parseDuration(text, least)
		if err != nil {
			return err
		}
		*at(c) = v
		return nil
	}}, at)
}

// listSetting reads a list of texts; a variable separates them by commas.
func listSetting(key string, fallback []string, meaning string, at func(*Config) *[]string, check func(string) error) setting {
	return shownAs(setting{key: key, meaning: meaning, fallback: fallback, read: func(c *Config, value any, untyped bool) error {
		list, ok := texts(value)
		if text, isText := value.(string); isText && untyped {
			list, ok = nil, true
			for item := range strings.SplitSeq(text, ",") {
				if item = strings.TrimSpace(item); item != "" {
					list = append(list, item)
				}
			}
		}
		if !ok {
			return fmt.Errorf("must be a list of texts")
		}
		for _, item := range list {
			if err := check(item); err != nil {
				return err
			}
		}
		*at(c) = list
		return nil
	}}, at)
}

func texts(value any) ([]string, bool) {
	switch list := value.(type) {
	case []string:
		return slices.Clone(list), true
	case []any:
		out := make([]string, 0, len(list))
		for _, item := range list {
			text, ok := item.(string)
			if !ok {
				return nil, false
			}
			out = append(out, text)
		}
		return out, true
	default:
		return nil, false
	}
}

func oneOf(allowed ...string) func(string) error {
	return func(text string) error {
		if slices.Contains(allowed, text) {
			return nil
		}
		return fmt.Errorf("must be one of %s", strings.Join(allowed, ", "))
	}
}

func notEmpty(text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("must not be empty")
	}
	return nil
}
