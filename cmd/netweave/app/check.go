package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/casbin"
	"github.com/netweave/netweave/outbound/pluginhost"
)

// Check looks at what a configuration refers to outside itself: files of
// certificates and secrets, and each enabled adapter's plugin. It starts nothing
// and calls nobody.
func Check(c *config.Config) []config.Problem {
	files, problems := serverTLS(c)
	if files != nil && files.Leaf() != nil {
		problems = append(problems, checkDates(files.Leaf(), time.Now())...)
	}
	problems = append(problems, checkRouting(c)...)
	problems = append(problems, checkFiles(c)...)
	for i, a := range c.Adapters {
		if !a.Enabled {
			continue
		}
		if p := checkPlugin(c.Plugins.Dir, i, a); p != nil {
			problems = append(problems, p.Problem)
		}
	}
	return problems
}

// checkRouting compiles the rules, which finds attributes that nothing can be
// routed by.
func checkRouting(c *config.Config) []config.Problem {
	_, err := newRouter(c)
	problems := problemOf("routing.rules", err)
	for i := range problems {
		for rule, r := range c.Routing.Rules {
			if strings.HasPrefix(problems[i].Key, fmt.Sprintf("routing.rules[%d].", rule)) {
				problems[i].Line = r.Line
			}
		}
	}
	return problems
}

// checkFiles reads what callbacks, tenancy, the identity provider and the store name.
func checkFiles(c *config.Config) []config.Problem {
	_, _, err := senderConfig(c.Subscriptions, "")
	problems := problemOf("subscriptions.callbacks", err)
	if c.Tenancy.Enabled && c.Tenancy.RolesFile != "" {
		if err := casbin.CheckFile(c.Tenancy.RolesFile); err != nil {
			problems = append(problems, config.Problem{Key: "tenancy.rolesFile", Reason: "cannot be used: " + err.Error()})
		}
	}
	if c.Auth.OIDC.Enabled() {
		_, err := oidcFiles(c.Auth.OIDC)
		problems = append(problems, problemOf("auth.oidc", err)...)
	}
	if c.Store.Type == config.StoreRedis {
		_, _, err := redisConfig(c.Store.Redis)
		problems = append(problems, problemOf("store.redis", err)...)
	}
	return problems
}

// problemOf is the problem of an error that starts with a key, or is about the one
// given.
func problemOf(key string, err error) []config.Problem {
	if err == nil {
		return nil
	}
	at, reason, split := strings.Cut(err.Error(), ": ")
	if !split || strings.ContainsRune(at, ' ') {
		at, reason = key, err.Error()
	}
	return []config.Problem{{Key: at, Reason: reason}}
}

// pluginProblem is why an adapter's plugin would not be started.
type pluginProblem struct {
	config.Problem
	// absent says that there is no such plugin at all.
	absent bool
	// err is what the plugin host says of it otherwise.
	err error
}

func checkPlugin(dir string, i int, a config.Adapter) *pluginProblem {
	p := &pluginProblem{Problem: config.Problem{Key: fmt.Sprintf("adapters[%d].type", i), Line: a.Line}}
	if _, err := os.Lstat(filepath.Join(dir, a.Type)); errors.Is(err, fs.ErrNotExist) {
		p.absent = true
		if whole, err := filepath.Abs(dir); err == nil { // a relative one is often a gateway started elsewhere
			dir = whole
		}
		p.Reason = fmt.Sprintf("there is no plugin %s in plugins.dir, which is %s: install it there, or set enabled: false", a.Type, dir)
		return p
	}
	if _, p.err = pluginhost.Check(dir, a.Type); p.err != nil {
		p.Reason = p.err.Error()
		return p
	}
	return nil
}

// checkStart decides whether serving makes sense: not with a plugin that does
// not exist, which is a mistake in the configuration, and not if no plugin at
// all would start. Else the problems are the operator's to mend while the other
// backends are served. Plugins of which runs reports true have started before.
func checkStart(c *config.Config, runs func(plugin string) bool) (warnings []config.Problem, err error) {
	var absent []config.Problem
	var untrusted error
	enabled := 0
	checked := map[string]*pluginProblem{}
	for i, a := range c.Adapters {
		if !a.Enabled {
			continue
		}
		enabled++
		if runs(a.Type) {
			continue
		}
		p, known := checked[a.Type]
		if !known {
			p = checkPlugin(c.Plugins.Dir, i, a)
			checked[a.Type] = p
		}
		if p == nil {
			continue
		}
		problem := p.Problem
		problem.Key, problem.Line = fmt.Sprintf("adapters[%d].type", i), a.Line
		if p.absent {
			absent = append(absent, problem)
			continue
		}
		warnings = append(warnings, problem)
		untrusted = p.err
	}
	switch {
	case len(absent) > 0:
		return nil, &config.Invalid{Path: c.Path, Problems: absent}
	case len(warnings) == enabled:
		return nil, fmt.Errorf("no adapter's plugin can be started: %w", untrusted)
	default:
		return warnings, nil
	}
}

// checkReload is what a running gateway demands of what it reads anew. next is that
// as a whole, which its next start will be by, and merged what it would now run by.
func checkReload(next, merged *config.Config, runs func(plugin string) bool) (warnings, problems []config.Problem) {
	_, problems = serverTLS(next)
	problems = append(problems, checkRouting(merged)...)
	problems = append(problems, checkFiles(next)...)
	warnings, err := checkStart(merged, runs)
	var invalid *config.Invalid
	switch {
	case errors.As(err, &invalid):
		problems = append(problems, invalid.Problems...)
	case err != nil:
		problems = append(problems, config.Problem{Key: "adapters", Reason: err.Error()})
	}
	return warnings, problems
}
