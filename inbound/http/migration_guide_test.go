package httpserver_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	httpserver "github.com/netweave/netweave/inbound/http"
)

// From each version of /o2ims to the next there is a guide, and it names whatever
// only one of the two has.
func TestGuidesToMigration(t *testing.T) {
	docs := map[string]*openapi3.T{}
	for i, v := range httpserver.Versions() {
		docs[v.Name()] = documents(t)[i]
	}
	for n := 1; docs[fmt.Sprintf("o2ims/v%d", n+1)] != nil; n++ {
		name := fmt.Sprintf("migration-v%d-v%d.md", n, n+1)
		page, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		before, after := surfaceOf(docs[fmt.Sprintf("o2ims/v%d", n)]), surfaceOf(docs[fmt.Sprintf("o2ims/v%d", n+1)])
		for _, missing := range untold(string(page), before, after) {
			t.Errorf("docs/%s does not name %s", name, missing)
		}
	}
}

// surface is what a client sees of an API.
type surface struct{ paths, parameters, attributes map[string]bool }

func surfaceOf(doc *openapi3.T) surface {
	s := surface{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for path := range doc.Paths.Map() {
		_, rest, _ := strings.Cut(strings.TrimPrefix(path, "/o2ims/"), "/")
		s.paths[rest] = true
	}
	for _, p := range doc.Components.Parameters {
		s.parameters[p.Value.Name] = true
	}
	for name, schema := range doc.Components.Schemas {
		for attribute := range schema.Value.Properties {
			s.attributes[name+"."+attribute] = true
		}
	}
	return s
}

// untold lists what one of two surfaces has, the other has not, and the page does
// not name.
func untold(page string, before, after surface) []string {
	var list []string
	told := func(name string) bool {
		return strings.Contains(page, "`"+name+"`") || strings.Contains(page, `"`+name+`"`) || strings.Contains(page, name+"=")
	}
	for _, path := range onlyInOne(before.paths, after.paths) {
		if !strings.Contains(page, "/"+path+"`") {
			list = append(list, path)
		}
	}
	// That every attribute can be a parameter is one difference, not many.
	attributes := map[string]bool{}
	for full := range after.attributes {
		_, name, _ := strings.Cut(full, ".")
		attributes[name] = true
	}
	for _, name := range onlyInOne(before.parameters, after.parameters) {
		if first, _, _ := strings.Cut(name, "/"); !attributes[first] && !told(name) {
			list = append(list, "the parameter "+name)
		}
	}
	for _, full := range onlyInOne(before.attributes, after.attributes) {
		if _, name, _ := strings.Cut(full, "."); !told(name) {
			list = append(list, "the attribute "+full)
		}
	}
	return list
}

// onlyInOne lists what one of two sets has and the other has not.
func onlyInOne(a, b map[string]bool) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !b[name] {
			list = append(list, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if !a[name] {
			list = append(list, name)
		}
	}
	return list
}

// What a guide leaves out is found.
func TestUntoldDifferencesAreFound(t *testing.T) {
	set := func(names ...string) map[string]bool {
		all := map[string]bool{}
		for _, n := range names {
			all[n] = true
		}
		return all
	}
	before := surface{set("pools", "old"), set("limit"), set("Pool.name")}
	after := surface{set("pools", "pools/batch"), set("pageSize", "name", "health/status"), set("Pool.name", "Pool.health")}
	const page = "`limit` is now pageSize=N; `POST /o2ims/v2/pools/batch` is new"
	want := []string{"old", "the attribute Pool.health"}
	if got := untold(page, before, after); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
