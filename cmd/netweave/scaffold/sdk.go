package scaffold

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netweave/netweave/sdk"
)

// SDKModule is the sdk's module path.
const SDKModule = "github.com/netweave/netweave/sdk"

// ownSDK is where a plugin has its copy of the sdk.
const ownSDK = "sdk"

// requirements are what a module with the sdk needs to know of the sdk's.
type requirements struct {
	// Go is the version of its go line, Indirect what it requires, Sums its go.sum.
	Go       string
	Indirect []string
	Sums     []byte
}

// readSDK reads the go.mod and go.sum of the sdk in a folder, or of this program's.
func readSDK(dir string) (r requirements, err error) {
	var source fs.FS = sdk.Module()
	if dir != "" {
		source = os.DirFS(dir)
	}
	raw, err := fs.ReadFile(source, "go.mod")
	if err != nil || !bytes.HasPrefix(raw, []byte("module "+SDKModule+"\n")) {
		return r, fmt.Errorf("%s is not the folder of netweave's sdk module: name the folder sdk of a checkout with --sdk", dir)
	}
	inside := false
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "// indirect"))
		version, isGo := strings.CutPrefix(line, "go ")
		switch {
		case isGo:
			r.Go = version
		case line == "require (":
			inside = true
		case line == ")":
			inside = false
		case inside:
			r.Indirect = append(r.Indirect, line)
		}
	}
	slices.Sort(r.Indirect)
	r.Sums, err = fs.ReadFile(source, "go.sum")
	return r, err
}

// copySDK writes this program's sdk, without the tests that it has of itself.
func copySDK(to string) error {
	source := sdk.Module()
	return fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		return write(filepath.Join(to, filepath.FromSlash(name)), content)
	})
}

// reference is how a go.mod in dir names the sdk's folder: from the plugin's own where
// they are near each other, so that both can be moved together.
func reference(dir, sdk string) (string, error) {
	if sdk == "" {
		return "./" + ownSDK, nil
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(sdk)
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(from, to); err == nil && strings.Count(rel, "..") <= 2 {
		return filepath.ToSlash(rel), nil
	}
	return to, nil
}
