//go:build integration

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// guideDeadline is for the whole of the commands, which take a few seconds.
const guideDeadline = 3 * time.Minute

// A newcomer comes from certs dev to two tenants with two users each by the
// commands of the operator's guide, section "Tenants", and sees what it says.
//
// All blocks marked sh of that section are run, one after the other, by one bash
// that ends at the first command that fails. A line "# → text" says what the
// commands since the lines before it print: a whole line, in which "..." stands for
// anything; several such lines follow each other in the output. The address alone
// is another than the guide's, so that nothing else is in the way.
func TestTheGuideToTenants(t *testing.T) {
	text, err := os.ReadFile("../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	script, expected := guideScript(t, section(t, string(text), "Tenants"))
	if len(expected) < 15 {
		t.Fatalf("the guide says of %d commands only what they print", len(expected))
	}
	address := freeAddress(t)
	root := repositoryRoot(t)
	out := runGuide(t, root, address, strings.ReplaceAll(script, "127.0.0.1:8443", address))
	wantPrinted(t, "docs/operator.md", out, expected, filepath.Join(root, "data", "gateway.log"))
}

// wantPrinted compares what a guide's commands printed with what it says. log is where
// the gateway's is, for the case that they did not come to their end.
func wantPrinted(t *testing.T, guide, out string, expected [][]expectation, log string) {
	t.Helper()
	parts := strings.Split(out, mark)
	if len(parts) != len(expected)+1 {
		logged, _ := os.ReadFile(log) // there is none if it did not start
		t.Fatalf("%d of %d groups of commands ended; the output is\n%s\nand the gateway's log\n%s", len(parts)-1, len(expected), out, logged)
	}
	for i, lines := range expected {
		rest := strings.Split(parts[i], "\n")
		for _, want := range lines {
			found := false
			for !found && len(rest) > 0 {
				found, rest = want.pattern.MatchString(rest[0]), rest[1:]
			}
			if !found {
				t.Errorf("%s says that this is printed:\n%s\nof\n%s", guide, want.text, parts[i])
			}
		}
	}
}

// What configs/tenants.yaml has the gateway print at its start can be tried as it is.
func TestTheHintsOfTenants(t *testing.T) {
	address := freeAddress(t)
	out := runGuide(t, repositoryRoot(t), address, `
bin/netweave certs dev --dir certs > /dev/null
bin/netweave serve --config configs/tenants.yaml > hints 2> log &
until grep -q '^Ctrl-C' hints; do
  kill -0 $! # it is still there
  sleep 0.05
done
grep '^  curl ' hints > commands
while read -r command; do
  eval "$command -sSf -o answer"
  echo "answered: $command"
done < commands
`)
	answered := regexp.MustCompile("(?m)^answered: curl --cacert certs/ca.crt --cert certs/root.platform.crt --key certs/root.platform.key .*https://"+regexp.QuoteMeta(address)+"/").FindAllString(out, -1)
	if len(answered) != 5 || strings.Contains(out, "bash: ") {
		t.Errorf("%d of 5 commands were answered; the output is\n%s", len(answered), out)
	}
}

// mark stands between the outputs of groups of commands.
const mark = "\x1e\n"

// expectation is a line that is to be printed.
type expectation struct {
	text    string
	pattern *regexp.Regexp
}

// section returns what is under a heading of the second level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, after, found := strings.Cut(text, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("there is no section %q", heading)
	}
	inside, _, _ := strings.Cut(after, "\n## ")
	return inside
}

// guideScript returns the commands of a text's blocks, which mark their output where
// the text says what it is, and what it says at each mark.
func guideScript(t *testing.T, text string) (string, [][]expectation) {
	t.Helper()
	const says = "# → "
	var script strings.Builder
	var expected [][]expectation
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		said := false
		for line := range strings.Lines(block[1]) {
			want, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), says)
			if !ok {
				said = false
				script.WriteString(line)
				continue
			}
			if !said {
				expected = append(expected, nil)
				script.WriteString("printf '\\036\\n'\n")
			}
			said = true
			pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\.\.\.`, ".*")
			last := len(expected) - 1
			expected[last] = append(expected[last], expectation{want, regexp.MustCompile("^" + pattern + "$")})
		}
	}
	return script.String(), expected
}

// repositoryRoot is a folder that looks like a clone's root after the task build.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	configs, err := filepath.Abs("../../configs")
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"bin": built, "configs": configs} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// freeAddress is one of this machine's that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// runGuide runs commands in a folder and returns what they print. What they leave
// running is ended.
func runGuide(t *testing.T, root, address, commands string) string {
	t.Helper()
	var out bytes.Buffer
	bash := exec.Command("bash", "-euo", "pipefail", "-c", commands)
	bash.Dir, bash.Stdout, bash.Stderr = root, &out, &out
	bash.Env = append(os.Environ(), "NETWEAVE_SERVER_LISTEN="+address, "LC_ALL=C")
	bash.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	bash.WaitDelay = 10 * time.Second // for a gateway that still holds the output
	if err := bash.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() { _ = syscall.Kill(-bash.Process.Pid, syscall.SIGKILL) } // they have usually ended
	timer := time.AfterFunc(guideDeadline, end)
	err := bash.Wait()
	timer.Stop()
	end()
	if err != nil {
		fmt.Fprintf(&out, "bash: %v\n", err)
	}
	return out.String()
}
