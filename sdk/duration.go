package sdk

import (
	"encoding/json"
	"fmt"
	"time"
)

// Duration is a time span in a plugin's configuration, written as "30s", "5m"
// or "1h30m".
type Duration time.Duration

// Std returns d as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes d as it is configured.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON writes d as it is configured.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a string with a unit. A bare number is an error, since it
// would leave the unit to guesswork.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil // as everywhere in JSON: leave it as it is
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf(`%s is no duration: write a number with a unit in quotes, such as "30s"`, raw)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`%q is no duration: write a number with a unit, such as "30s"`, text)
	}
	*d = Duration(parsed)
	return nil
}
