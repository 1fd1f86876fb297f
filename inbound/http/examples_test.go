package httpserver_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/netweave/netweave/ports/tenancy"
)

// exampleOf takes "admin [-X METHOD] URL [-d 'BODY']" apart.
var exampleOf = regexp.MustCompile(`^admin (?:-X ([A-Z]+) )?"?\$at([^" ]+)"?(?: -d '([^']*)')?$`)

// The examples of docs/api.md, one after the other, as a reader tries them.
func TestTheExamplesOfAdministration(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Administration\n")
	section, _, _ = strings.Cut(section, "\n## ")
	g := newGateway(t, site(0))
	g.known.putRole("", "owner", tenancy.RoleSpec{})
	g.known.putRole("", "auditor", tenancy.RoleSpec{})
	tried := 0
	for block := range strings.SplitSeq(section, "\n    admin ") {
		command, _, _ := strings.Cut("admin "+block, "\n\n")
		if tried++; tried == 1 {
			continue // what stands before the first, the function's definition included
		}
		command = strings.Join(strings.Fields(command), " ")
		parts := exampleOf.FindStringSubmatch(command)
		if parts == nil {
			t.Errorf("what is %s?", command)
			continue
		}
		method, want := parts[1], http.StatusOK
		switch {
		case method == "" && parts[3] != "":
			method, want = http.MethodPost, http.StatusCreated
		case method == "":
			method = http.MethodGet
		case method == http.MethodDelete:
			want = http.StatusNoContent
		}
		if a := g.do(method, "/admin/v1"+parts[2], parts[3]); a.StatusCode != want {
			t.Errorf("%s: %d %s", command, a.StatusCode, a.body)
		}
	}
	if tried < 20 {
		t.Errorf("only %d examples", tried)
	}
}

// inventoryExample takes "curl URL [-H HEADER -d 'BODY']" apart.
var inventoryExample = regexp.MustCompile(`(?m)^    curl "\$inv([^"]+)"(?: -H '[^']+' -d '([^']*)')?$`)

// The examples of the O-RAN inventory in docs/api.md.
func TestTheExamplesOfTheInventory(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## The O-RAN inventory\n")
	section, _, _ = strings.Cut(section, "\n## ")
	g := newGateway(t, standard())
	examples := inventoryExample.FindAllStringSubmatch(section, -1)
	if len(examples) != strings.Count(section, "\n    curl ") || len(examples) < 5 {
		t.Errorf("%d examples are tried: %q", len(examples), examples)
	}
	for _, example := range examples {
		method, want := http.MethodGet, http.StatusOK
		if example[2] != "" {
			method, want = http.MethodPost, http.StatusCreated
		}
		if a := g.do(method, "/o2ims-infrastructureInventory"+example[1], example[2]); a.StatusCode != want || len(a.body) < 10 {
			t.Errorf("%s: %d %s", example[0], a.StatusCode, a.body)
		}
	}
}
