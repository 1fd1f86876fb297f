package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Fault is a change of netweave's source that takes one of its guarantees away.
type Fault struct {
	// Name is for people and file names.
	Name string
	// Edits are made together.
	Edits []Edit
}

// Edit replaces Anchor, which must be in File exactly once, by With.
type Edit struct {
	// File is below the tree's root.
	File, Anchor, With string
}

// Build builds netweave from the tree with the fault in it, which itself is left
// as it is. It returns the executable's path, below dir.
func (f Fault) Build(root, dir string) (string, error) {
	replace := map[string]string{}
	for _, e := range f.Edits {
		original := filepath.Join(root, e.File)
		from := original
		if changed, ok := replace[original]; ok {
			from = changed
		}
		source, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if n := bytes.Count(source, []byte(e.Anchor)); n != 1 {
			return "", fmt.Errorf("fault %q: %s has its anchor %d times, it must be there once: %q", f.Name, e.File, n, e.Anchor)
		}
		changed := filepath.Join(dir, f.Name+"-"+filepath.Base(e.File))
		if err := os.WriteFile(changed, bytes.Replace(source, []byte(e.Anchor), []byte(e.With), 1), 0o600); err != nil {
			return "", err
		}
		replace[original] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, f.Name+"-overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "netweave-"+f.Name)
	cmd := exec.Command("go", "build", "-trimpath", "-overlay", list, "-o", binary, "./cmd/netweave")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build netweave with fault %q: %w: %s", f.Name, err, out)
	}
	return binary, nil
}
