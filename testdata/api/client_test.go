//go:build integration

package api

import (
	"os"
	"path/filepath"
	"testing"
)

// TestClientExercisesEveryOperation generates a client from each document and has it
// call every operation of a gateway.
func TestClientExercisesEveryOperation(t *testing.T) {
	bin := python(t, "client")
	generated := filepath.Join(root, ".cache/api/generated")
	if err := os.MkdirAll(generated, 0o755); err != nil {
		t.Fatal(err)
	}
	exercises, err := filepath.Abs("client")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range documents(t) {
		t.Run(d.name, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(exercises, d.name+"_exercise.py")); err != nil {
				t.Fatalf("nothing exercises %s: write client/%s_exercise.py, as its neighbours are", d.path, d.name)
			}
			out, err := run(t, filepath.Join(bin, "openapi-python-client"), nil, "generate", "--path", d.path,
				"--output-path", filepath.Join(generated, d.name), "--meta", "none", "--overwrite", "--fail-on-warning")
			if err != nil {
				t.Fatalf("generate a client: %v\n%s", err, out)
			}
			out, err = run(t, filepath.Join(bin, "python"), []string{"PYTHONPATH=" + generated + ":" + exercises, "PYTHONDONTWRITEBYTECODE=1", "NETWEAVE_TOKEN=" + token},
				filepath.Join(exercises, "main.py"), d.name, d.path, start(t))
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Log(out)
		})
	}
}
