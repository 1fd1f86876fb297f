// Package redistest runs real redis-server and redis-sentinel processes on
// loopback, for tests of any module and for the local lab: one server, or a
// master with replicas and Sentinels, with TLS and ACL users if asked.
//
// The servers end with the process that started them, whatever ends it. A test
// may kill, pause and restart each of them, and have Sentinel fail over.
package redistest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"
)

// Password of the user "lab", who may do everything. Replicas, Sentinels and
// the package itself use it where Options.Users sets up access control.
const labPassword = "lab-only"

// Options say what to start. The zero Options is one server without access
// control, that writes what it holds to disk.
type Options struct {
	// Dir holds what the servers write; "" is a new temporary directory, which
	// Stop removes.
	Dir string
	// Replicas is the number of replicas beside the master.
	Replicas int
	// Sentinels is the number of Sentinels that watch it; their quorum is the
	// majority. 0 is none.
	Sentinels int
	// MasterName is what Sentinels call the master; "" is "netweave".
	MasterName string
	// DownAfter is how long a master may be silent before it counts as down; 0 is
	// one second.
	DownAfter time.Duration
	// Server are lines added to every server's configuration, such as
	// "maxmemory 8mb".
	Server []string
	// Users are ACL rules by user, such as "on >secret ~netweave:* &* +@all". If
	// there are any, the default user is off.
	Users map[string]string
	// SentinelPassword, if set, is asked of clients of the Sentinels.
	SentinelPassword string
	// TLS has every server speak TLS alone, under a certificate made on the spot.
	TLS bool
	// Out receives the servers' own output; nil discards it.
	Out io.Writer
}

// Installed tells whether the programs are there; the error names the command
// that installs them.
func Installed() error {
	for _, name := range []string{"redis-server", "redis-sentinel"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("no %s on PATH: install it with `apt-get install redis-server redis-sentinel`", name)
		}
	}
	return nil
}

// New starts a cluster for a test, which ends it. It fails the test if that
// cannot be.
func New(t testing.TB, o Options) *Cluster {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Errorf("stop the redis servers: %v", err)
		}
	})
	return c
}

// TLSConfig returns what a client needs to trust the servers; nil without TLS.
func (c *Cluster) TLSConfig() *tls.Config {
	if c.pki == nil {
		return nil
	}
	return c.pki.client.Clone()
}

// errEnded is why a process that was not to end has.
var errEnded = errors.New("the server has ended by itself")
