package config

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/outbound/openaccess"
)

// Override is a scalar from the command line, which is stronger than any other.
type Override struct {
	// Key is one of Settings' keys, Flag what the user typed, such as --role.
	Key, Value, Flag string
}

// Load reads the configuration at path and the environment. A document with
// problems gives *Invalid; any other error means that the file was not read.
func Load(path string, overrides ...Override) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data, overrides...)
}

// Parse is Load for what was read from path.
func Parse(path string, data []byte, overrides ...Override) (*Config, error) {
	c, problems := parse(data, overrides...)
	if len(problems) > 0 {
		sortProblems(problems)
		return nil, &Invalid{Path: path, Problems: problems}
	}
	c.Path = path
	return c, nil
}

// readFile reads no more than it takes to see that a document is too large: path
// may be a device or a pipe.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxDocumentBytes+1))
}

func parse(data []byte, overrides ...Override) (*Config, []Problem) {
	root, bad := parseDocument(data)
	if bad != nil {
		return nil, []Problem{*bad}
	}
	if root == nil {
		root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	r := &reader{asked: map[string]bool{}, overrides: map[string]Override{}}
	for _, o := range overrides {
		r.overrides[o.Key] = o
	}
	c := &Config{}
	places := r.sections(root)
	adapters := places["adapters"]
	c.Adapters = r.adapters(adapters)
	r.checkAdapters(adapters, c.Adapters)
	c.Routing, c.Notes = r.routing(places["routing"], c.Adapters)
	c.Auth.Tokens = r.tokens(places["auth.tokens"])
	c.OCloud = r.oCloud(places)
	c.Alarms.Receivers = r.receivers(places[receiversKey])
	c.API.Versions = r.apiVersions(places["api.versions"])
	if r.settings(c, data, places) {
		r.checkAuth(c, places)
		r.checkServer(c, places)
		r.checkEventPath(c, places)
	}
	c.Notes = append(c.Notes, r.misspelt()...)
	sortProblems(c.Notes)
	return c, r.problems
}

// sections walks the document's fixed part, reports unknown keys and returns
// the value nodes of what is there, by path.
func (r *reader) sections(root *yaml.Node) map[string]*yaml.Node {
	children := map[string][]string{
		"": {"adapters", "routing"}, "auth": {"tokens"}, "oCloud": {"extensions", "locations", "sites"},
		"api": {"versions"}, "alarms": {"alertmanager"}, "alarms.alertmanager": {"receivers"},
	}
	for _, s := range settings {
		for path := s.key; path != ""; {
			parent, key := "", path
			if i := strings.LastIndexByte(path, '.'); i >= 0 {
				parent, key = path[:i], path[i+1:]
			}
			if !slices.Contains(children[parent], key) {
				children[parent] = append(children[parent], key)
			}
			path = parent
		}
	}
	places := map[string]*yaml.Node{}
	r.section(root, "", children, places)
	return places
}

func (r *reader) section(n *yaml.Node, path string, children map[string][]string, places map[string]*yaml.Node) {
	found := r.known(n, path, children[path]...)
	for _, key := range slices.Sorted(maps.Keys(found)) {
		at := join(path, key)
		places[at] = found[key]
		if len(children[at]) > 0 {
			r.section(found[key], at, children, places)
		}
	}
}

// settings reads the fixed sections' scalars: variable, document, default. It
// returns false if it could not read any.
func (r *reader) settings(c *Config, data []byte, places map[string]*yaml.Node) bool {
	v := viper.New()
	v.SetConfigType("yaml")
	for _, s := range settings {
		v.SetDefault(s.key, s.fallback)
		if err := v.BindEnv(s.key, envName(s.key)); err != nil {
			r.problem(s.key, nil, "cannot be bound to its variable")
			return false
		}
	}
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		if len(r.problems) == 0 { // a key that is there twice was reported already
			r.problems = append(r.problems, *syntaxProblem(err))
		}
		return false
	}
	for _, s := range settings {
		n := resolve(places[s.key])
		value := v.Get(s.key)
		text, untyped := r.override(s.key)
		if untyped {
			value = text
		}
		if s.secret && !untyped && n != nil && n.Value != "" && !isVariable(n.Value) {
			r.problem(s.key, n, "is a secret: write ${VARIABLE} and nothing else, and set that variable")
			continue
		}
		if !untyped && n != nil {
			before := len(r.problems)
			value, untyped = r.withVariables(n, s.key, value)
			if len(r.problems) > before {
				value, untyped = s.fallback, false
			}
		}
		if value == nil { // its section is no mapping, which was reported already
			value = s.fallback
		}
		if err := s.read(c, value, untyped); err != nil {
			r.problem(s.key, n, err.Error())
			// What is checked together goes on with the default.
			if err := s.read(c, s.fallback, false); err != nil {
				r.problem(s.key, nil, "its default "+err.Error())
			}
		}
	}
	c.Server.ExternalURL = strings.TrimRight(c.Server.ExternalURL, "/")
	return true
}

// isVariable reports whether text is one ${VARIABLE} and nothing else.
func isVariable(text string) bool {
	name, ok := strings.CutPrefix(text, "${")
	name, closed := strings.CutSuffix(name, "}")
	return ok && closed && variableName.MatchString(name)
}

// withVariables replaces every ${VARIABLE} in value, which n holds: a text, or a
// list's texts. A text that held one stands for whatever type is asked for.
func (r *reader) withVariables(n *yaml.Node, key string, value any) (replaced any, untyped bool) {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${") {
		return r.expand(n, key), true
	}
	list, ok := texts(value)
	if n.Kind != yaml.SequenceNode || !ok || len(list) != len(n.Content) {
		return value, false
	}
	for i, item := range n.Content {
		list[i] = r.expand(resolve(item), key)
	}
	return list, false
}

// checkServer looks at the server's settings together.
func (r *reader) checkServer(c *Config, places map[string]*yaml.Node) {
	s := c.Server
	if s.Limits.DefaultPageSize > s.Limits.MaxPageSize {
		r.problem("server.limits.defaultPageSize", places["server.limits.defaultPageSize"],
			fmt.Sprintf("must not exceed server.limits.maxPageSize, which is %d", s.Limits.MaxPageSize))
	}
	if s.Timeouts.Change >= s.Timeouts.Write {
		r.problem("server.timeouts.change", places["server.timeouts.change"],
			fmt.Sprintf("must be shorter than server.timeouts.write, which is %s", s.Timeouts.Write))
	}
	if (s.TLS.CertFile == "") != (s.TLS.KeyFile == "") {
		r.problem("server.tls", places["server.tls"], "certFile and keyFile go together: set both or none")
	} else if s.TLS.ClientCAFile != "" && s.TLS.CertFile == "" && len(c.Auth.Proxies) == 0 { // a proxy on this machine may have the TLS
		r.problem("server.tls.clientCAFile", places["server.tls.clientCAFile"], "client certificates need TLS: set server.tls.certFile and server.tls.keyFile too")
	}
	if s.TLS.ClientCAFile == "" {
		const why = "is about client certificates: set server.tls.clientCAFile too"
		if s.TLS.CRLFile != "" {
			r.problem("server.tls.crlFile", places["server.tls.crlFile"], why)
		}
		if s.TLS.ClientAuth != ClientAuthAuto {
			r.problem("server.tls.clientAuth", places["server.tls.clientAuth"], why)
		}
	}
	if checkListen(s.Listen) == nil && !openaccess.IsLoopback(s.Listen) &&
		(s.TLS.CertFile == "" || s.TLS.KeyFile == "" || !c.Authenticated()) {
		r.problem("server.listen", places["server.listen"], RefusedListen(s.Listen))
	}
}

// RefusedListen is the sentence that refuses an address which others can reach
// while callers are not authenticated.
func RefusedListen(address string) string {
	return fmt.Sprintf("%s can be reached from other machines: set server.tls.certFile, server.tls.keyFile and "+
		"server.tls.clientCAFile (or auth.oidc or auth.tokens) so that callers are authenticated, or listen on a loopback address such as 127.0.0.1:8080", address)
}
