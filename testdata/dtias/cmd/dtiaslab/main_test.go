package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMain lets the test binary be dtiaslab, and the command that it runs.
func TestMain(m *testing.M) {
	switch os.Getenv("DTIASLAB_TEST_ROLE") {
	case "lab":
		_ = os.Setenv("DTIASLAB_TEST_ROLE", "command")
		main()
		return
	case "command":
		req, err := http.NewRequest(http.MethodGet, os.Getenv("DTIAS_ENDPOINT")+"/v2/version", nil)
		if err != nil {
			panic(err)
		}
		req.Header.Set("Authorization", "Bearer "+os.Getenv("DTIAS_API_KEY"))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			panic(err)
		}
		fmt.Println("answered", res.StatusCode)
		if res.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestACommandFindsTheServer(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte("filed-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"with a key file":  {"--key-file", keyFile, "--", self},
		"with its own key": {"--", self},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), self, args...)
			cmd.Env = append(os.Environ(), "DTIASLAB_TEST_ROLE=lab")
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v: %s", err, errs.String())
			}
			want := regexp.MustCompile(`^ready: a contract server that is not Dell DTIAS: http://127\.0\.0\.1:\d+\nanswered 200\n$`)
			if !want.MatchString(out.String()) || strings.Contains(out.String(), "key") {
				t.Errorf("it said %q", out.String())
			}
		})
	}
}
