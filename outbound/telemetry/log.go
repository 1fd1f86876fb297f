package telemetry

import (
	"fmt"
	"io"

	"github.com/hashicorp/go-hclog"
)

// LogConfig says what is logged, and how.
type LogConfig struct {
	// Level is the least level logged: trace, debug, info, warn or error.
	Level string
	// JSON writes one JSON object a line; else lines for people.
	JSON bool
}

// NewLogger returns the root logger, named netweave, which writes to out. Its
// sub-loggers follow its level.
func NewLogger(c LogConfig, out io.Writer) (hclog.Logger, error) {
	level := hclog.LevelFromString(c.Level)
	if level == hclog.NoLevel || level == hclog.Off {
		return nil, fmt.Errorf("log level %q: want trace, debug, info, warn or error", c.Level)
	}
	return hclog.New(&hclog.LoggerOptions{
		Name:       "netweave",
		Level:      level,
		Output:     out,
		JSONFormat: c.JSON,
		Color:      hclog.ColorOff,
	}), nil
}
