//go:build integration

package api

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestSchemathesis has schemathesis try each document on a gateway of its own, two at
// a time, for SCHEMATHESIS_DURATION together. SCHEMATHESIS_SEED is 1, or a number.
func TestSchemathesis(t *testing.T) {
	together, seed := 4*time.Minute, "1"
	if text := os.Getenv("SCHEMATHESIS_DURATION"); text != "" {
		var err error
		if together, err = time.ParseDuration(text); err != nil {
			t.Fatalf("SCHEMATHESIS_DURATION is %q: write a duration such as 4m", text)
		}
	}
	if text := os.Getenv("SCHEMATHESIS_SEED"); text != "" {
		seed = text
	}
	program := filepath.Join(python(t, "fuzz"), "schemathesis")
	configured, err := filepath.Abs("schemathesis.toml")
	if err != nil {
		t.Fatal(err)
	}
	all := documents(t)
	turns := make(chan struct{}, 2)
	each := together / time.Duration((len(all)+cap(turns)-1)/cap(turns))
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			defer func() { <-turns }()
			out, err := run(t, program, []string{"NETWEAVE_TOKEN=" + token},
				"--config-file", configured, "run", d.path, "--url", start(t), "--no-color", "--warnings", "off",
				"--seed", seed, "--max-time", strconv.Itoa(max(1, int(each.Seconds()))), "--generation-database", "none")
			if err != nil {
				t.Fatalf("seed %s: %v\n%s", seed, err, out)
			}
			t.Log(out)
		})
	}
}
