package o2

import "log/slog"

// Secret is a text that never shows itself: printed, logged or encoded as JSON
// it is "[redacted]".
type Secret string

const redacted = "[redacted]"

// Reveal returns the text itself, for signing and for stores.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue is what a log shows.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is what encoders show.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
