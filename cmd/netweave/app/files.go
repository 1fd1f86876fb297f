package app

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// leastRead is how long an answer of Redis is awaited at the least.
const leastRead = 3 * time.Second

// secret returns what file holds, or else given, without the newline that editors
// leave.
func secret(key, file string, given o2.Secret) (o2.Secret, error) {
	if file == "" {
		return given, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" {
		return "", fmt.Errorf("%s: %s is empty", key, file)
	}
	return o2.Secret(text), nil
}

// clientTLS returns the configuration of a TLS client from files that may be "".
func clientTLS(key, caFile, certFile, keyFile string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pool, err := authorities(caFile)
		if err != nil {
			return nil, fmt.Errorf("%s.caFile: %w", key, err)
		}
		t.RootCAs = pool
	}
	if certFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("%s.certFile and %s.keyFile cannot be used: %w", key, key, err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}
