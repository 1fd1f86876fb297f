package casbin

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/authz"
)

// MaxFile bounds a file of roles.
const MaxFile = 4 << 20

// ParseRoles reads roles in Casbin's CSV form, as the files of roles have it. name
// is the file's, for errors, which give the line and what would be right. A line is
// empty, a comment behind #, or one of
//
//	p, role, resource, action, scope
//	r, role, system or tenant, description
//
// A p line is a permission: resource is a noun such as ResourcePool, or *; action
// is list, read, create, update, delete, or manage for all of them; scope is
// tenant, shared or all. An r line comes before the role's permissions and may be
// left out: without one a role has no description and is a tenant's, which is to
// say that everyone may hold it. System roles are for users of the platform alone.
//
// All of them are of every tenant, from a file, and none has the name of a
// built-in one.
func ParseRoles(name string, data []byte) ([]*o2.Role, error) {
	return parseRoles(name, data, o2.RoleFromFile, builtIn())
}

func parseRoles(name string, data []byte, source o2.RoleSource, taken []*o2.Role) ([]*o2.Role, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB: a file of roles has a few lines for each role", name, MaxFile>>20)
	}
	rd := csv.NewReader(bytes.NewReader(data))
	rd.Comment, rd.TrimLeadingSpace, rd.FieldsPerRecord, rd.ReuseRecord = '#', true, -1, true
	p := &parser{source: source, taken: taken, byName: map[string]*o2.Role{}}
	for {
		fields, err := rd.Read()
		if errors.Is(err, io.EOF) {
			return p.roles, nil
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, fmt.Errorf("%s, line %d: is no CSV: %w: a text with a quote or comma in it stands in double quotes, with its own doubled",
				name, wrong.StartLine, wrong.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := rd.FieldPos(0)
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if err := p.line(fields); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, line, err)
		}
	}
}

// parser takes the lines of one file.
type parser struct {
	source o2.RoleSource
	taken  []*o2.Role
	roles  []*o2.Role
	byName map[string]*o2.Role
}

func (p *parser) line(fields []string) error {
	switch {
	case fields[0] == "p" && len(fields) == 5:
		return p.permission(fields[1], o2.Permission{Resource: fields[2], Action: fields[3], Scope: fields[4]})
	case fields[0] == "r" && len(fields) == 4:
		return p.role(fields[1], fields[2], fields[3])
	case fields[0] == "p":
		return fmt.Errorf(`has %d fields: a permission is "p, role, resource, action, scope"`, len(fields))
	case fields[0] == "r":
		return fmt.Errorf(`has %d fields: a role is "r, role, system or tenant, description"`, len(fields))
	case fields[0] == "g":
		return errors.New(`"g" binds roles to users: that is done by the admin API; a file has "p" and "r" lines`)
	default:
		return fmt.Errorf(`begins with %q: right are "p, role, resource, action, scope" and "r, role, system or tenant, description"`, fields[0])
	}
}

func (p *parser) role(name, kind, description string) error {
	if kind != "system" && kind != "tenant" {
		return fmt.Errorf("%q is no kind of role: write system, for users of the platform alone, or tenant", kind)
	}
	if p.byName[name] != nil {
		return fmt.Errorf("role %s is there already: its r line comes once, before its permissions", name)
	}
	r, err := p.named(name)
	if err != nil {
		return err
	}
	r.System, r.Description = kind == "system", strings.Clone(description)
	return nil
}

func (p *parser) permission(role string, given o2.Permission) error {
	r, err := p.named(role)
	if err != nil {
		return err
	}
	permission := o2.Permission{}
	for _, f := range []struct {
		what, given string
		right       []string
		to          *string
	}{
		{"resource", given.Resource, knownResources, &permission.Resource},
		{"action", given.Action, knownActions, &permission.Action},
		{"scope", given.Scope, knownScopes, &permission.Scope},
	} {
		i := slices.Index(f.right, f.given)
		if i < 0 {
			return fmt.Errorf("%q is no %s: write one of %s", f.given, f.what, strings.Join(f.right, ", "))
		}
		*f.to = f.right[i]
	}
	if slices.Contains(r.Permissions, permission) {
		return fmt.Errorf("role %s has this permission already: leave the line out", role)
	}
	r.Permissions = append(r.Permissions, permission)
	return nil
}

// named returns the role of that name, a new one if there is none.
func (p *parser) named(name string) (*o2.Role, error) {
	if r := p.byName[name]; r != nil {
		return r, nil
	}
	if err := o2.CheckRoleName(name); err != nil {
		return nil, fmt.Errorf("%q is no name of a role: %w", name, err)
	}
	if slices.ContainsFunc(p.taken, func(r *o2.Role) bool { return r.Name == name }) {
		return nil, fmt.Errorf("role %s is built in and cannot be defined again: use another name", name)
	}
	r := &o2.Role{Name: strings.Clone(name), Source: p.source, Version: 1}
	p.byName[r.Name] = r
	p.roles = append(p.roles, r)
	return r, nil
}

// What permissions may be made of.
var (
	knownResources = append(authz.Resources(), authz.Everything)
	knownActions   = append(texts(authz.Actions()), string(authz.ActionManage))
	knownScopes    = authz.Scopes()
)

func texts(list []authz.Action) []string {
	out := make([]string, 0, len(list))
	for _, a := range list {
		out = append(out, string(a))
	}
	return out
}
