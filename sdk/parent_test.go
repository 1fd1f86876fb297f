package sdk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk/internal/protocol"
)

// roleVariable tells the test binary what to be.
const roleVariable = "NETWEAVE_SDK_TEST_ROLE"

// actAsHost starts a plugin, waits until it serves, and dies without a word, as
// a killed gateway does.
func actAsHost() int {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=plugin", protocol.CookieKey+"="+protocol.CookieValue)
	cmd.ExtraFiles = []*os.File{os.NewFile(3, "alive")}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 2
	}
	if err := cmd.Start(); err != nil {
		return 3
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return 4
	}
	fmt.Print(line)
	return 0
}

func actAsPlugin() {
	Serve(Info{Name: "orphan", Version: "1"}, func(context.Context, Host, struct{}) (Backend, error) {
		return nil, errors.New("nobody opens this plugin")
	})
}

// A plugin whose host has died must not live on, nor leave its socket behind.
func TestPluginEndsWithItsHost(t *testing.T) {
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), roleVariable+"=host", "TMPDIR="+t.TempDir())
	host.ExtraFiles = []*os.File{held}
	out, err := host.Output()
	held.Close()
	if err != nil {
		t.Fatalf("the host failed: %v", err)
	}
	fields := strings.Split(string(out), "|")
	if len(fields) < 4 {
		t.Fatalf("no handshake line: %q", out)
	}

	// The plugin inherited the other end: it reads as ended when the plugin is
	// gone, the host being gone already.
	if err := alive.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(alive); err != nil {
		t.Fatalf("the plugin lived on without its host: %v", err)
	}
	if _, err := os.Stat(fields[3]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the plugin left its socket %s behind: %v", fields[3], err)
	}
}

func TestWatchParent(t *testing.T) {
	var parent atomic.Int64
	parent.Store(10)
	gone := make(chan struct{}, 2)
	stop := watchParent(func() int { return int(parent.Load()) }, time.Millisecond, func() { gone <- struct{}{} })
	select {
	case <-gone:
		t.Fatal("the parent is there and was called gone")
	case <-time.After(20 * time.Millisecond):
	}
	parent.Store(1)
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Fatal("the parent is gone and nobody noticed")
	}
	stop()
	if len(gone) != 0 {
		t.Error("told twice that the parent is gone")
	}
}
