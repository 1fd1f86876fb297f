// Package scaffold makes the beginnings of a plugin: a Go module of its own that
// builds, passes its tests, and serves made-up machines until its author replaces them.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// Plugin says what is made.
type Plugin struct {
	// Name is the plugin's name and that of its executable.
	Name string
	// Module is the module's path.
	Module string
	// Dir is the folder, which must be empty or not there yet.
	Dir string
	// SDK is the folder of netweave's sdk module, which the plugin builds with until
	// it is published. "" gives it a copy of its own, of the sdk that this program was
	// built with.
	SDK string
}

// files are where the templates go.
var files = map[string]string{
	"main.go": "main.go.tmpl", "config.go": "config.go.tmpl", "cloud.go": "cloud.go.tmpl", "mapping.go": "mapping.go.tmpl",
	"backend.go": "backend.go.tmpl", "write.go": "write.go.tmpl", "watch.go": "watch.go.tmpl", "plugin_test.go": "plugin_test.go.tmpl",
	"go.mod": "go.mod.tmpl", "README.md": "README.md.tmpl", "gateway.yaml": "gateway.yaml.tmpl", ".gitignore": "gitignore.tmpl",
	filepath.Join(".github", "workflows", "ci.yml"): "ci.yml.tmpl",
}

var (
	validName   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	validModule = regexp.MustCompile(`^[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+)*(/[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+)*)*$`)
)

// maxName is what a plugin's name may have, in bytes.
const maxName = 63

// Make writes the plugin and returns its files, sorted, with a copy of the sdk as one. It never writes over anything.
func Make(p Plugin) ([]string, error) {
	if !validName.MatchString(p.Name) || len(p.Name) > maxName {
		return nil, fmt.Errorf("the name %q cannot be a plugin's: use lower-case letters, digits and, inside, dashes, at most %d", p.Name, maxName)
	}
	switch {
	case !validModule.MatchString(p.Module) || strings.HasPrefix(p.Module, "-"):
		return nil, fmt.Errorf("the module path %q is none: it should look like example.com/%s", p.Module, p.Name)
	case p.Module == SDKModule:
		return nil, fmt.Errorf("the module path %s is the sdk's: name your own, such as example.com/%s", p.Module, p.Name)
	}
	own := p.SDK == ""
	required, err := readSDK(p.SDK)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(p.Dir)
	switch {
	case err == nil && len(entries) > 0:
		return nil, fmt.Errorf("the folder %s is not empty: name another with --dir", p.Dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if p.SDK, err = reference(p.Dir, p.SDK); err != nil {
		return nil, err
	}
	data := struct {
		Plugin
		requirements
		// Own tells that the sdk is the plugin's own copy.
		Own bool
	}{p, required, own}
	var written []string
	for name, source := range files {
		content, err := fill(source, data)
		if err == nil {
			err = write(filepath.Join(p.Dir, name), content)
		}
		if err != nil {
			return nil, err
		}
		written = append(written, name)
	}
	if err := write(filepath.Join(p.Dir, "go.sum"), required.Sums); err != nil {
		return nil, err
	}
	written = append(written, "go.sum")
	if own {
		if err := copySDK(filepath.Join(p.Dir, ownSDK)); err != nil {
			return nil, err
		}
		written = append(written, ownSDK)
	}
	slices.Sort(written)
	return written, nil
}

func fill(source string, data any) ([]byte, error) {
	t, err := template.ParseFS(templates, "templates/"+source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, data)
	return out.Bytes(), err
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
