package app

import (
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
