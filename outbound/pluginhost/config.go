package pluginhost

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// Config is what a Host needs to know. Zero values stand for the defaults,
// which the fields name; New fills them in and checks the rest.
type Config struct {
	// Dir holds the plugin executables and their lock file. Mandatory.
	Dir string
	// StateDir is the host's own: trusted copies and sockets are below it. It is
	// made, with mode 0700, if it is not there. Mandatory.
	StateDir string
	// Environ is the environment that EnvAllow picks from, in the form of
	// os.Environ. Nothing else is read from the process.
	Environ []string
	// EnvAllow lists the variables that plugins may see: names, or prefixes that
	// end in '*' ("AWS_*").
	EnvAllow []string
	// HostVersion is told to plugins, for their logs.
	HostVersion string

	// StartTimeout bounds a process's way to its handshake (10 s), OpenTimeout
	// the Open call after it (30 s), CloseTimeout the Close call (5 s).
	StartTimeout, OpenTimeout, CloseTimeout time.Duration
	// ProbeInterval is the pause between two checks that a running process still
	// answers at all (5 s); after three failures in a row it is restarted.
	ProbeInterval time.Duration
	// FeedPatience is how long Watch and Snapshot wait for a plugin that is just
	// starting (5 s). No other call waits.
	FeedPatience time.Duration

	// Timeouts apply to adapters that set none of their own.
	Timeouts Timeouts
	Restart  Restart
	Breaker  Breaker
	Limits   Limits
}

// Adapter is one configured backend.
type Adapter struct {
	// Name is the adapter's name: unique in the host, and part of its ids.
	Name string
	// Plugin is the name of the executable in the plugin directory.
	Plugin string
	// Config is the adapter's configuration section, a JSON object. It is sent
	// to the plugin by RPC and shown nowhere.
	Config []byte
	// Timeouts override the host's; fields left at zero do not.
	Timeouts Timeouts
}

// Timeouts are deadlines of single calls.
type Timeouts struct {
	// Read bounds the wait for the next message of a list or of a watch's
	// snapshot, and a list of alarms as a whole (30 s), Write one changing call (60 s), Health one health call (5 s).
	Read, Write, Health time.Duration
}

// Restart says how a failing plugin is treated.
type Restart struct {
	// MinBackoff (500 ms) is the pause before the first restart; it doubles up
	// to MaxBackoff (30 s), with jitter, and starts over once a process has run
	// for Window.
	MinBackoff, MaxBackoff time.Duration
	// Crashes within Window put the adapter into quarantine (5 in 2 min).
	Crashes int
	Window  time.Duration
	// CoolDown is how long the quarantine lasts unless Reset ends it (5 min).
	CoolDown time.Duration
	// RefusedBackoff is the pause after a start that only an operator can mend:
	// a plugin that is missing or not trusted, a configuration that it refuses (30 s).
	RefusedBackoff time.Duration
}

// Breaker says when calls to a backend stop being tried.
type Breaker struct {
	// Failures in a row open it (5).
	Failures int
	// Open is how long it then refuses calls before it lets one through (10 s).
	Open time.Duration
}

// Limits bound what a plugin can make the host hold.
type Limits struct {
	// Objects that one backend may have (1,000,000).
	Objects int
	// ObjectBytes of one object's attributes, extensions included (256 KiB).
	ObjectBytes int
	// Alarms that one backend may tell of at a time (100,000), and AlarmBytes of
	// their attributes together (64 MiB).
	Alarms, AlarmBytes int
	// TotalBytes of the attributes of all of one backend's objects (1 GiB).
	TotalBytes int
	// MessageBytes of one message on the wire (16 MiB).
	MessageBytes int
	// LogLines a second that one plugin may write (200), with a burst of as many
	// in five seconds.
	LogLines int
}

func (c Config) withDefaults() Config {
	c.StartTimeout = cmp.Or(c.StartTimeout, 10*time.Second)
	c.OpenTimeout = cmp.Or(c.OpenTimeout, 30*time.Second)
	c.CloseTimeout = cmp.Or(c.CloseTimeout, 5*time.Second)
	c.ProbeInterval = cmp.Or(c.ProbeInterval, 5*time.Second)
	c.FeedPatience = cmp.Or(c.FeedPatience, 5*time.Second)
	c.Timeouts = c.Timeouts.or(Timeouts{Read: 30 * time.Second, Write: time.Minute, Health: 5 * time.Second})
	c.Restart.MinBackoff = cmp.Or(c.Restart.MinBackoff, 500*time.Millisecond)
	c.Restart.MaxBackoff = max(c.Restart.MinBackoff, cmp.Or(c.Restart.MaxBackoff, 30*time.Second))
	c.Restart.Crashes = cmp.Or(c.Restart.Crashes, 5)
	c.Restart.Window = cmp.Or(c.Restart.Window, 2*time.Minute)
	c.Restart.CoolDown = cmp.Or(c.Restart.CoolDown, 5*time.Minute)
	c.Restart.RefusedBackoff = cmp.Or(c.Restart.RefusedBackoff, 30*time.Second)
	c.Breaker.Failures = cmp.Or(c.Breaker.Failures, 5)
	c.Breaker.Open = cmp.Or(c.Breaker.Open, 10*time.Second)
	c.Limits.Objects = cmp.Or(c.Limits.Objects, 1_000_000)
	c.Limits.Alarms = cmp.Or(c.Limits.Alarms, 100_000)
	c.Limits.AlarmBytes = cmp.Or(c.Limits.AlarmBytes, 64<<20)
	c.Limits.ObjectBytes = cmp.Or(c.Limits.ObjectBytes, 256<<10)
	c.Limits.TotalBytes = cmp.Or(c.Limits.TotalBytes, 1<<30)
	c.Limits.MessageBytes = cmp.Or(c.Limits.MessageBytes, 16<<20)
	c.Limits.LogLines = cmp.Or(c.Limits.LogLines, 200)
	return c
}

func (t Timeouts) or(d Timeouts) Timeouts {
	return Timeouts{Read: cmp.Or(t.Read, d.Read), Write: cmp.Or(t.Write, d.Write), Health: cmp.Or(t.Health, d.Health)}
}

// longest is how long a call in flight may still take: what a drain waits for.
func (t Timeouts) longest() time.Duration { return max(t.Read, t.Write, t.Health) }

func (c Config) validate() error {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("the plugin directory is not set"))
	}
	if c.StateDir == "" {
		errs = append(errs, errors.New("the state directory is not set"))
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"start timeout", c.StartTimeout}, {"open timeout", c.OpenTimeout}, {"close timeout", c.CloseTimeout},
		{"probe interval", c.ProbeInterval}, {"feed patience", c.FeedPatience},
		{"read timeout", c.Timeouts.Read}, {"write timeout", c.Timeouts.Write}, {"health timeout", c.Timeouts.Health},
		{"minimum backoff", c.Restart.MinBackoff}, {"maximum backoff", c.Restart.MaxBackoff},
		{"crash window", c.Restart.Window}, {"cool-down", c.Restart.CoolDown},
		{"backoff after a refused start", c.Restart.RefusedBackoff}, {"breaker's open time", c.Breaker.Open},
	} {
		if d.value < 0 {
			errs = append(errs, fmt.Errorf("the %s is %s: want a positive duration", d.name, d.value))
		}
	}
	for _, n := range []struct {
		name  string
		value int
	}{
		{"number of crashes", c.Restart.Crashes}, {"number of failures", c.Breaker.Failures},
		{"limit of objects", c.Limits.Objects}, {"limit of bytes an object", c.Limits.ObjectBytes},
		{"limit of bytes a backend", c.Limits.TotalBytes}, {"limit of bytes a message", c.Limits.MessageBytes}, {"limit of log lines", c.Limits.LogLines},
		{"limit of alarms", c.Limits.Alarms}, {"limit of bytes of alarms", c.Limits.AlarmBytes},
	} {
		if n.value < 0 {
			errs = append(errs, fmt.Errorf("the %s is %d: want a positive number", n.name, n.value))
		}
	}
	for _, p := range c.EnvAllow {
		if err := checkEnvPattern(p); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// absolute makes the directories independent of the working directory.
func (c Config) absolute() (Config, error) {
	var err error
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return c, fmt.Errorf("plugin directory: %w", err)
	}
	if c.StateDir, err = filepath.Abs(c.StateDir); err != nil {
		return c, fmt.Errorf("state directory: %w", err)
	}
	return c, nil
}

// checkName holds names to what is safe as a file's name and a metric's label.
func checkName(what, name string) error {
	if name == "" || len(name) > 64 {
		return fmt.Errorf("%s %q: want 1 to 64 characters", what, name)
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && (c == '-' || c == '_' || c == '.'):
		default:
			return fmt.Errorf("%s %q: want letters, digits, and inside also '-', '_' and '.'", what, name)
		}
	}
	return nil
}
