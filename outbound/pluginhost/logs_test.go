package pluginhost

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netweave/netweave/ports/backend"
)

func TestLinesOfAPluginBecomeOurs(t *testing.T) {
	long := strings.Repeat("x", maxLogLine)
	for name, tc := range map[string]struct {
		output string
		want   string
	}{
		"structured": {
			`{"@level":"warn","@message":"low on disk","@module":"m","@timestamp":"2026-01-01T00:00:00.000000Z","free":12,"disk":"sda"}` + "\n",
			"[WARN]  one: low on disk: disk=sda free=12\n",
		},
		"structured, odd level":    {`{"@level":"loud","@message":"m"}` + "\n", "[INFO]  one: m\n"},
		"structured, message of 1": {`{"@message":1}` + "\n", "[INFO]  one: {\"@message\":1}\n"},
		"plain":                    {"hello\r\n", "[INFO]  one: hello\n"},
		"plain with a level":       {"[ERROR] hello\n", "[ERROR] one: hello\n"},
		"a panic, to its end":      {"panic: nil map\n\ngoroutine 1:\nmain.go:3\n", "[ERROR] one: panic: nil map\n[ERROR] one: goroutine 1:\n[ERROR] one: main.go:3\n"},
		"secrets":                  {`{"@message":"login with hunter2","url":"https://u:hunter2@h"}` + "\nhunter2\n", "[INFO]  one: login with [redacted]: url=https://u:[redacted]@h\n[INFO]  one: [redacted]\n"},
		"nested secret":            {`{"@message":"m","cfg":{"p":"hunter2"}}` + "\n", "[INFO]  one: m: cfg=map[p:[redacted]]\n"},
		"too long":                 {long + "tail\nnext\n", "[INFO]  one: " + long + "\n[INFO]  one: next\n"},
		"no UTF-8":                 {"a\xffb\n", "[INFO]  one: a\uFFFDb\n"},
		"not ended":                {"half", ""},
		"a forged line, structured": {
			`{"@message":"a\n2026 [ERROR] ours: b\u001b[31m","k\nl":"v\u001b[0m\nw"}` + "\n",
			"[INFO]  one: a 2026 [ERROR] ours: b [31m:\n  k l=\n  | v [0m\n  | w\n  \n",
		},
		"control characters": {"a\x1b[31m\rb\tc\n", "[INFO]  one: a [31m b\tc\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 7, 1 << 20} { // whatever the pieces
				var b strings.Builder
				out := &outputLog{
					log:    hclog.New(&hclog.LoggerOptions{Name: "one", Output: io.Writer(&b), DisableTime: true}),
					level:  hclog.Info,
					redact: newRedactor([]byte(`{"auth":{"password":"hunter2"}}`)),
					limit:  newRateLimit(1000, time.Now()), drop: func() {},
				}
				for piece := range slices.Chunk([]byte(tc.output), size) {
					if n, err := out.Write(piece); n != len(piece) || err != nil {
						t.Fatalf("Write: %d, %v", n, err)
					}
				}
				if b.String() != tc.want {
					t.Errorf("in pieces of %d: logged\n%s\nwant\n%s", size, b.String(), tc.want)
				}
			}
		})
	}
}

func TestLinesThatAreNotShownUseUpNoRate(t *testing.T) {
	var b strings.Builder
	out := &outputLog{
		log:   hclog.New(&hclog.LoggerOptions{Name: "one", Output: io.Writer(&b), DisableTime: true, Level: hclog.Info}),
		level: hclog.Info, limit: newRateLimit(1, time.Now()), drop: func() { t.Error("a line was dropped") },
	}
	for range 100 {
		fmt.Fprintln(out, `{"@level":"debug","@message":"detail"}`)
	}
	fmt.Fprintln(out, `{"@level":"error","@message":"on fire"}`)
	if want := "[ERROR] one: on fire\n"; b.String() != want {
		t.Errorf("logged %q, want %q", b.String(), want)
	}
}

func TestRateLimit(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := newRateLimit(2, start)
	granted := 0
	for i := range 25 {
		ok, dropped := r.take(start)
		if ok {
			granted++
		}
		if want := max(0, i-9); dropped != want {
			t.Errorf("%d dropped after %d, want %d", dropped, i+1, want)
		}
	}
	if granted != 10 {
		t.Errorf("%d granted at once, want 10", granted)
	}
	if ok, dropped := r.take(start.Add(time.Second)); !ok || dropped != 15 {
		t.Errorf("a second later: %v, %d dropped; want true, 15", ok, dropped)
	}
	if ok, dropped := r.take(start.Add(time.Second)); !ok || dropped != 0 {
		t.Errorf("the second in that second: %v, %d dropped; want true, 0", ok, dropped)
	}
	if ok, _ := r.take(start.Add(time.Second)); ok {
		t.Error("a third in that second was granted")
	}
}

func TestRedactor(t *testing.T) {
	r := newRedactor([]byte(`{
		"endpoint": "https://cloud.example", "user": "admin",
		"apiKey": "k-1234", "token": "k-1234-long", "tokenPin": "123",
		"password": "say \"hi\" & go/on", "pin": {"secret": 123456},
		"privateKey": "-----BEGIN KEY-----\nMIIabcdefgh\nxy==\n-----END KEY-----\n",
		"auth": {"credentials": {"id": "abcdef", "list": ["ghijkl"]}}, "clientSecret": 42
	}`))
	for in, want := range map[string]string{
		"https://cloud.example admin":                   "https://cloud.example admin",
		"k-1234 k-1234-long":                            "[redacted] [redacted]",
		"abcdef/ghijkl":                                 "[redacted]/[redacted]",
		"123 42":                                        "123 42",
		`as it is: say "hi" & go/on`:                    "as it is: [redacted]",
		`{"p":"say \"hi\" & go/on"}`:                    `{"p":"[redacted]"}`,
		`{"p":"say \"hi\" \u0026 go/on"}`:               `{"p":"[redacted]"}`,
		"https://u:say%20%22hi%22%20&%20go%2Fon@h/?n=1": "https://u:[redacted]@h/?n=1",
		"?p=say+%22hi%22+%26+go%2Fon&n=1":               "?p=[redacted]&n=1",
		"a line: MIIabcdefgh":                           "a line: [redacted]",
		"-----BEGIN KEY----- xy==":                      "-----BEGIN KEY----- xy==",
		"number 123456":                                 "number [redacted]",
	} {
		if got := r.text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	for _, config := range []string{"", "no JSON", `{"a":"b"}`} {
		if got := newRedactor([]byte(config)).text("text"); got != "text" {
			t.Errorf("with %q: %q", config, got)
		}
	}
}

func TestWhatAPluginSaysComesOutNamed(t *testing.T) {
	t.Parallel()
	b := open(t, quick("good"))
	b.running(t, memoryConfig{Say: "hunter2!", Password: "hunter2"})
	for _, line := range []string{
		"[WARN]  one: said by the logger: [redacted]!: answer=42",
		"[INFO]  one.stdout: said on stdout: [redacted]!",
		"[INFO]  one.stderr: said on stderr: [redacted]!",
	} {
		eventually(t, "the log has "+line, func() bool { return strings.Contains(b.log.String(), line) })
	}
	if strings.Contains(b.log.String(), "hunter2") {
		t.Error("the log holds a secret")
	}
}

func TestAPluginThatChattersIsCutShort(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Limits.LogLines = 10
	b := open(t, cfg)
	back := b.running(t, memoryConfig{Chatter: 20000})
	if err := back.Health(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "the log says so", func() bool { return strings.Contains(b.log.String(), "plugin writes too much: lines are dropped") })
	if n := strings.Count(b.log.String(), "chatter"); n > 1000 {
		t.Errorf("%d lines came out", n)
	}
	if n := sample(t, b.metrics, "netweave_plugin_dropped_log_lines_total", map[string]string{"adapter": "one"}); n < 1 {
		t.Errorf("%v dropped lines counted", n)
	}
}

func TestNoSecretReachesArgumentsOrEnvironment(t *testing.T) {
	t.Parallel()
	b := open(t, quick("good"))
	back := b.running(t, memoryConfig{Password: "hunter2"})
	proc := filepath.Join("/proc", strconv.Itoa(back.pid()))
	for file, want := range map[string]string{"cmdline": "fake", "environ": modeVariable + "=good"} {
		content, err := os.ReadFile(filepath.Join(proc, file))
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		if !strings.Contains(text, want) || strings.Contains(text, "hunter2") || strings.Contains(text, "do not show") {
			t.Errorf("%s is %q: want %q in it and no secret", file, text, want)
		}
		for _, name := range []string{"HOME=", "PATH=", "SECRET="} {
			if file == "environ" && strings.Contains("\x00"+text, "\x00"+name) {
				t.Errorf("the environment leaks %s", name)
			}
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if cwd, err := os.Readlink(filepath.Join(proc, "cwd")); err != nil || cwd != here {
		t.Errorf("it runs in %s (%v), want the host's directory %s", cwd, err, here)
	}
	if in, err := os.Readlink(filepath.Join(proc, "fd", "0")); err != nil || in != "/dev/null" {
		t.Errorf("its standard input is %s (%v)", in, err)
	}
	if back.Info().State != backend.StateRunning {
		t.Error(fmt.Sprint(back.Info()))
	}
}
