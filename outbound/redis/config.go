package redis

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/prometheus/client_golang/prometheus"
)

// Config says which Redis, and how to speak to it.
type Config struct {
	// Addresses are host:port of the server, or of the Sentinels if MasterName is
	// set. Mandatory.
	Addresses []string
	// MasterName is what the Sentinels call the master; "" for one server without
	// Sentinels.
	MasterName string
	// Username and Password are for Redis, the others for the Sentinels; all may be
	// empty.
	Username, SentinelUsername string
	Password, SentinelPassword o2.Secret
	// TLS, if set, is asked for the configuration of each new connection to Redis and
	// Sentinels.
	TLS func() *tls.Config
	// Database is its number; Sentinels or not.
	Database int
	// Prefix starts every key and channel; "" is DefaultPrefix.
	Prefix string
	// Replicas is how many replicas must confirm what is not to be forgotten in a
	// failover; 0 asks none.
	Replicas int
	// WaitTimeout bounds that confirmation; 0 is one second.
	WaitTimeout time.Duration
	// DialTimeout bounds a connection's beginning, 0 is one second. ReadTimeout
	// bounds an answer, 0 is three seconds; it has to be longer than WaitTimeout.
	DialTimeout, ReadTimeout time.Duration
	// PoolSize bounds the connections of one process; 0 is 64.
	PoolSize int
	// Registerer, if set, gets the metrics.
	Registerer prometheus.Registerer
}

// DefaultPrefix starts keys unless configured otherwise.
const DefaultPrefix = "netweave:"

// complete returns c with its defaults, or what is wrong with it.
func (c Config) complete() (Config, error) {
	if len(c.Addresses) == 0 {
		return c, errors.New("there is no address")
	}
	for _, a := range c.Addresses {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return c, fmt.Errorf("%q is no host:port", a)
		}
	}
	if c.MasterName == "" && len(c.Addresses) > 1 {
		return c, fmt.Errorf("%d addresses and no masterName: without Sentinels there is one address", len(c.Addresses))
	}
	c.Prefix = or(c.Prefix, DefaultPrefix)
	if strings.ContainsAny(c.Prefix, "*?[]\\ \n") {
		return c, fmt.Errorf(`the prefix %q has one of * ? [ ] \ or space`, c.Prefix)
	}
	c.WaitTimeout = or(c.WaitTimeout, time.Second)
	c.DialTimeout = or(c.DialTimeout, time.Second)
	c.ReadTimeout = or(c.ReadTimeout, 3*time.Second)
	c.PoolSize = or(c.PoolSize, 64)
	if c.Replicas < 0 {
		return c, fmt.Errorf("%d replicas", c.Replicas)
	}
	if c.WaitTimeout < time.Millisecond || c.ReadTimeout <= c.WaitTimeout {
		return c, fmt.Errorf("answers are awaited for %v, which has to be longer than the %v for replicas", c.ReadTimeout, c.WaitTimeout)
	}
	return c, nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
