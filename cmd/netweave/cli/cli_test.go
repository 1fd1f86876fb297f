package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// result is what one run of the command line left.
type result struct {
	code           int
	stdout, stderr string
}

func netweave(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, Program{Version: "v1.2.3", Stdout: &stdout, Stderr: &stderr})
	return result{code, stdout.String(), stderr.String()}
}

// plugins returns a directory with an executable of each name: this test's own,
// which is never run.
func plugins(t *testing.T, names ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		in, err := os.Open(self)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY, 0o700)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		in.Close()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// document writes a configuration; $DIR in it becomes dir.
func document(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "$DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongCommandLines(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"launch"}, `netweave: unknown command "launch" for "netweave"`},
		{"unknown flag", []string{"serve", "--port", "1"}, "netweave: unknown flag: --port"},
		{"serve without configuration", []string{"serve"}, "netweave: serve needs a configuration: --config FILE, for example --config configs/dev.yaml"},
		{"serve with an empty one", []string{"serve", "--config", ""}, "netweave: serve needs a configuration: --config FILE, for example --config configs/dev.yaml"},
		{"serve with an argument", []string{"serve", "x.yaml"}, `netweave: serve takes no arguments, such as "x.yaml": the configuration goes behind --config`},
		{"audit alone", []string{"audit"}, `netweave: audit needs a command: see "netweave audit --help"`},
		{"audit verify without configuration", []string{"audit", "verify"}, "netweave: audit verify needs a configuration: --config FILE"},
		{"config alone", []string{"config"}, `netweave: config needs a command: see "netweave config --help"`},
		{"config with an unknown command", []string{"config", "show"}, `netweave: unknown command "show" for "netweave config"`},
		{"check without a file", []string{"config", "check"}, `netweave: config check needs one argument, FILE: see "netweave config check --help"`},
		{"check with two files", []string{"config", "check", "a", "b"}, `netweave: config check needs one argument, FILE: see "netweave config check --help"`},
		{"trust without a name", []string{"plugin", "trust"}, `netweave: plugin trust needs one argument, NAME: see "netweave plugin trust --help"`},
		{"list with an argument", []string{"plugin", "list", "bin"}, `netweave: plugin list takes no arguments, such as "bin": see "netweave plugin list --help"`},
		{"certs alone", []string{"certs"}, `netweave: certs needs a command: see "netweave certs --help"`},
		{"certificates without a folder", []string{"certs", "dev"}, "netweave: certs dev needs a folder to write to: --dir DIR, for example --dir certs"},
		{"certificates with an argument", []string{"certs", "dev", "x"}, `netweave: certs dev takes no arguments, such as "x": see "netweave certs dev --help"`},
		{"directory and configuration", []string{"plugin", "trust", "mock", "--dir", "a", "--config", "b"},
			"netweave: --dir and --config both say where the plugins are: write one of the two"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := netweave(t, tc.args...)
			want := result{ExitUsage, "", tc.want + "\nRun \"netweave --help\" for the commands and their flags.\n"}
			if got != want {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestHelpHasExamples(t *testing.T) {
	for _, args := range [][]string{{}, {"serve"}, {"config", "check"}, {"plugin", "list"}, {"plugin", "trust"}, {"plugin", "verify"}, {"certs", "dev"}} {
		got := netweave(t, append(args, "--help")...)
		if got.code != ExitOK || !strings.Contains(got.stdout, "Examples:\n  netweave "+strings.Join(args, " ")) || got.stderr != "" {
			t.Errorf("%v --help: got %+v", args, got)
		}
	}
}

func TestVersion(t *testing.T) {
	want := "netweave v1.2.3 " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	for _, spelled := range []string{"version", "--version"} {
		if got := netweave(t, spelled); got != (result{ExitOK, want, ""}) {
			t.Errorf("%s: got %+v, want %q", spelled, got, want)
		}
	}
	if got := (Program{}).version(); got == "" {
		t.Error("no version without the linker's")
	}
}

func TestConfigCheck(t *testing.T) {
	const lab = "plugins: {dir: $DIR}\nadapters:\n  - {name: lab, type: mock}\n"
	t.Run("sound", func(t *testing.T) {
		dir := plugins(t, "mock")
		if got := netweave(t, "plugin", "trust", "mock", "--dir", dir); got.code != ExitOK {
			t.Fatalf("trust: %+v", got)
		}
		file := document(t, dir, lab+"  - {name: spare, type: aws, enabled: false}\n"+
			"routing: {rules: [{resourceType: Resource, adapter: spare}]}\n")
		want := file + ": note: line 5: routing.rules[0].adapter: the adapter spare is disabled: it takes nothing until it is enabled\n" +
			file + ": ok: 1 of 2 adapters enabled\n"
		if got := netweave(t, "config", "check", file); got != (result{ExitOK, want, ""}) {
			t.Errorf("\n got %+v\nwant %q", got, want)
		}
	})
	for _, tc := range []struct{ name, text, want string }{
		{"problems in the document", "log: {level: loud}\nadapters:\n  - {name: lab, typ: mock}\n",
			"\n  line 1: log.level: must be one of trace, debug, info, warn, error" +
				"\n  line 3: adapters[0].typ: unknown key: did you mean type?" +
				"\n  line 3: adapters[0].type: is missing: it names the plugin, for example kubernetes or mock\n"},
		{"no such plugin", "plugins: {dir: $DIR}\nadapters:\n  - {name: lab, type: moon}\n",
			"\n  line 3: adapters[0].type: there is no plugin moon in plugins.dir, which is $DIR: install it there, or set enabled: false\n"},
		{"plugin not trusted", lab,
			"\n  line 3: adapters[0].type: plugin mock is not trusted: not in the lock file: run \"netweave plugin trust mock\"\n"},
		{"nothing can be routed by it", lab + "routing: {rules: [{resourceType: ResourcePool, adapter: lab, filter: {extension.type: x}}]}\n",
			"\n  line 4: routing.rules[0].filter: \"extension.type\" is no attribute to route by; want one of "},
		{"no TLS files", "server: {tls: {certFile: $DIR/none.pem, keyFile: $DIR/none.key, clientCAFile: $DIR/none.ca}}\n" + lab,
			"\n  server.tls: certFile and keyFile cannot be used: open $DIR/none.pem: no such file or directory" +
				"\n  server.tls.clientCAFile: cannot be used: open $DIR/none.ca: no such file or directory\n"},
		{"client CA that holds none", "server: {tls: {certFile: $DIR/none.pem, keyFile: $DIR/none.key, clientCAFile: $DIR/mock}}\n" + lab,
			"\n  server.tls.clientCAFile: cannot be used: $DIR/mock holds no PEM certificate\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := plugins(t, "mock")
			file := document(t, dir, tc.text)
			got := netweave(t, "config", "check", file)
			want := strings.ReplaceAll(tc.want, "$DIR", dir)
			if got.code != ExitConfig || got.stdout != "" ||
				!strings.HasPrefix(got.stderr, "netweave: the configuration "+file+" was refused\n") || !strings.Contains(got.stderr, want) {
				t.Errorf("\n got %+v\nwant %q in it", got, want)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		got := netweave(t, "config", "check", filepath.Join(t.TempDir(), "none.yaml"))
		if got.code != ExitFailure || !strings.HasPrefix(got.stderr, "netweave: read the configuration: open ") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestPluginsAreTrustedListedAndVerified(t *testing.T) {
	dir := plugins(t, "mock", "other")
	file := document(t, dir, "plugins: {dir: $DIR}\nadapters:\n  - {name: lab, type: mock}\n")

	got := netweave(t, "plugin", "trust", "mock", "--config", file)
	trusted := regexp.MustCompile(`^trusted mock sha256:([0-9a-f]{64})\n$`).FindStringSubmatch(got.stdout)
	if got.code != ExitOK || trusted == nil {
		t.Fatalf("trust: %+v", got)
	}
	list := func(rows ...string) string { return strings.Join(rows, "\n") + "\n" }
	pad := strings.Repeat(" ", 58)
	want := list("NAME   STANDING   SHA256"+pad+"  REASON",
		"mock   trusted    "+trusted[1]+"  -",
		"other  untrusted  "+trusted[1]+`  not in the lock file: run "netweave plugin trust other"`)
	if got := netweave(t, "plugin", "list", "--dir", dir); got != (result{ExitOK, want, ""}) {
		t.Errorf("list:\n got %q\nwant %q", got.stdout, want)
	}
	if got := netweave(t, "plugin", "verify", "--dir", dir); got.code != ExitOK || got.stdout != want || got.stderr != "" {
		t.Errorf("verify: %+v", got)
	}

	changing, err := os.OpenFile(filepath.Join(dir, "mock"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := changing.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if err := changing.Close(); err != nil {
		t.Fatal(err)
	}
	got = netweave(t, "plugin", "verify", "--dir", dir)
	const changed = `its checksum differs from the lock file's: if the change is yours, run "netweave plugin trust mock"`
	if got.code != ExitUntrusted || got.stderr != "netweave: plugin mock is not trusted: "+changed+"\n" || !strings.Contains(got.stdout, "mock   changed    ") {
		t.Errorf("verify after a change: %+v", got)
	}
	if got := netweave(t, "serve", "--config", file); got.code != ExitUntrusted ||
		got.stderr != "netweave: no adapter's plugin can be started: plugin mock is not trusted: "+changed+"\n" {
		t.Errorf("serve after a change: %+v", got)
	}
}

func TestPluginsThatAreNeverTrusted(t *testing.T) {
	dir := plugins(t, "loose")
	if err := os.Chmod(filepath.Join(dir, "loose"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "script"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"loose", "script", "none", "../mock"} {
		got := netweave(t, "plugin", "trust", name, "--dir", dir)
		if got.code != ExitUntrusted || got.stdout != "" || !strings.HasPrefix(got.stderr, "netweave: plugin "+name+" is ") {
			t.Errorf("trust %s: got %+v, want exit %d", name, got, ExitUntrusted)
		}
	}
	bare := t.TempDir()
	if got := netweave(t, "plugin", "list", "--dir", bare); got != (result{ExitOK, "there are no plugins in " + bare + "\n", ""}) {
		t.Errorf("list of an empty directory: got %+v", got)
	}
	if got := netweave(t, "plugin", "list", "--dir", filepath.Join(dir, "none")); got.code != ExitFailure {
		t.Errorf("list of no directory: got %+v", got)
	}
}

// Started elsewhere, a gateway looks for its plugins elsewhere, and says where.
func TestRelativePluginDirectoryIsShownWhole(t *testing.T) {
	t.Chdir(t.TempDir())
	file := document(t, "bin/plugins", "plugins: {dir: $DIR}\nadapters:\n  - {name: lab, type: mock}\n")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := "netweave: the configuration " + file + " was refused\n  line 3: adapters[0].type: there is no plugin mock in plugins.dir, which is " +
		filepath.Join(here, "bin/plugins") + ": install it there, or set enabled: false\n"
	if got := netweave(t, "serve", "--config", file); got != (result{ExitConfig, "", want}) {
		t.Errorf("\n got %+v\nwant %q", got, want)
	}
}

func TestServeRefusesBeforeItStarts(t *testing.T) {
	for _, tc := range []struct {
		name, text, want string
	}{
		{"open to others", "server: {listen: \"0.0.0.0:8080\"}\nadapters:\n  - {name: lab, type: mock}\n",
			"\n  line 1: server.listen: 0.0.0.0:8080 can be reached from other machines: set server.tls.certFile, server.tls.keyFile and " +
				"server.tls.clientCAFile (or auth.oidc or auth.tokens) so that callers are authenticated, or listen on a loopback address such as 127.0.0.1:8080\n"},
		{"no such plugin", "plugins: {dir: $DIR}\nadapters:\n  - {name: lab, type: moon}\n  - {name: b, type: mock}\n",
			"\n  line 3: adapters[0].type: there is no plugin moon in plugins.dir, which is $DIR: install it there, or set enabled: false\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := plugins(t, "mock")
			file := document(t, dir, tc.text)
			want := "netweave: the configuration " + file + " was refused" + strings.ReplaceAll(tc.want, "$DIR", dir)
			if got := netweave(t, "serve", "--config", file); got != (result{ExitConfig, "", want}) {
				t.Errorf("\n got %+v\nwant %q", got, want)
			}
		})
	}
}
