package httpserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	httpserver "github.com/netweave/netweave/inbound/http"
)

// Pages and their files are text to whoever checks answers.
func init() {
	for _, kind := range []string{"text/html", "text/css", "text/javascript", "image/png"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
}

func TestDocumentsNameTheirServer(t *testing.T) {
	for name, tt := range map[string]struct {
		external, host string
		want           string
	}{
		"as asked":        {"", "localhost:8080", "http://localhost:8080"},
		"another address": {"", "[::1]:8080", "http://[::1]:8080"},
		"external":        {"https://o2.example.com/gw", "localhost", "https://o2.example.com/gw"},
		"slash at end":    {"https://o2.example.com/", "localhost", "https://o2.example.com"},
		"external host":   {"https://o2.example.com", "o2.example.com", "https://o2.example.com"},
	} {
		g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = tt.external })
		for _, v := range httpserver.Versions() {
			for extension, want := range map[string]string{
				".yaml": "\nservers:\n  - url: \"" + tt.want + "\"\n", ".json": `,"servers":[{"url":"` + tt.want + `"}],`,
			} {
				a := g.send(httptest.NewRequest(http.MethodGet, "http://"+tt.host+"/docs/openapi/"+v.Label+extension, nil))
				g.wantStatus(a, http.StatusOK)
				if strings.Count(a.body, want) != 1 {
					t.Errorf("%s: %s%s does not name %s", name, v.Label, extension, tt.want)
				}
			}
		}
	}
}

// What is served in either format is the document, but for its server.
func TestDocumentsAreWhole(t *testing.T) {
	g := newGateway(t, site(0))
	for i, v := range httpserver.Versions() {
		for _, extension := range []string{".yaml", ".json"} {
			doc, err := openapi3.NewLoader().LoadFromData([]byte(g.get("/docs/openapi/" + v.Label + extension).body))
			if err != nil {
				t.Fatalf("%s%s: %v", v.Label, extension, err)
			}
			doc.Servers = g.docs[i].Servers
			if !sameJSON(t, doc, g.docs[i]) {
				t.Errorf("%s%s is not what was embedded", v.Label, extension)
			}
		}
	}
}

func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(one) == string(other)
}

// The order of what is read is the document's, not the alphabet's.
func TestDocumentsKeepTheirOrder(t *testing.T) {
	g := newGateway(t, site(0))
	body := g.get("/docs/openapi/o2ims-v1.json").body
	if !strings.HasPrefix(body, `{"openapi":"3.0.3","info":{"title":"netweave O2-IMS v1","version":`) {
		t.Errorf("%.120s", body)
	}
}

var reference = regexp.MustCompile(`(?:href|src|data-document)="([^"]+)"`)

// Every link of every page leads somewhere, with a slash at the page's end and
// without.
func TestPagesAndTheirLinks(t *testing.T) {
	g := newGateway(t, site(0))
	pages := []string{"/docs", "/docs/"}
	for _, v := range httpserver.Versions() {
		if v.Document != nil {
			pages = append(pages, "/docs/"+v.Label, "/docs/"+v.Label+"/")
		}
	}
	for _, page := range pages {
		a := g.get(page)
		g.wantStatus(a, http.StatusOK)
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+page, nil)
		found := reference.FindAllStringSubmatch(a.body, -1)
		if len(found) < 6 {
			t.Errorf("%s: only %d links", page, len(found))
		}
		for _, f := range found {
			target, err := r.URL.Parse(f[1])
			if err != nil {
				t.Fatal(err)
			}
			g.wantStatus(g.get(target.Path), http.StatusOK)
		}
		policy := a.Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
			t.Errorf("%s: %s", page, policy)
		}
		if strings.Contains(a.body, "<style") || strings.Contains(a.body, "style=") || regexp.MustCompile(`<script>|\son[a-z]+=`).MatchString(a.body) {
			t.Errorf("%s: what stands in the page itself will not run", page)
		}
	}
}

func TestPagesTellOfDeprecation(t *testing.T) {
	g := newGateway(t, site(0), deprecating(t, "2026-07-01", "2027-01-01", guide))
	for page, want := range map[string]string{
		"/docs":          `<td>2027-01-01 <a href="` + guide + `" rel="noreferrer">guide</a></td>`,
		"/docs/o2ims-v1": `This version is deprecated as of 2026-07-01; its time is over on 2027-01-01.`,
	} {
		if a := g.get(page); !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", page, a.body)
		}
	}
}

// Assets are embedded compressed, and whoever does not take that gets them whole.
func TestAssetsAndTheirTags(t *testing.T) {
	g := newGateway(t, site(0))
	const path = "/docs/assets/swagger-ui-bundle.js"
	packed, plain := g.get(path, "Accept-Encoding: gzip"), g.get(path)
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" ||
		len(packed.body) >= len(plain.body) || !strings.Contains(plain.body, "SwaggerUIBundle") {
		t.Errorf("packed: %v, plain: %v", packed.Header, plain.Header)
	}
	for encoding, a := range map[string]answer{"gzip": packed, "identity": plain} {
		if again := g.get(path, "Accept-Encoding: "+encoding, "If-None-Match: "+a.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %d", a.Header.Get("Etag"), again.StatusCode)
		}
	}
	if packed.Header.Get("Etag") == plain.Header.Get("Etag") {
		t.Errorf("two encodings share the tag %s", plain.Header.Get("Etag"))
	}
}

func TestWhatTheDocumentationHasNot(t *testing.T) {
	g := newGateway(t, site(0))
	for path, want := range map[string]string{
		"/docs/o2ims-v99":             `there is no reference "o2ims-v99"; the references are o2ims-v1, `,
		"/docs/openapi/o2ims-v99.yml": `there is no document "o2ims-v99.yml"; the documents are o2ims-v1, `,
		"/docs/openapi/o2ims-v1":      `there is no document "o2ims-v1"; the documents are o2ims-v1, `,
		"/docs/openapi/o2ims-v1.xml":  `there is no document "o2ims-v1.xml"; the documents are o2ims-v1, `,
		"/docs/openapi":               `there is no reference "openapi"; the references are o2ims-v1, `,
		"/docs/assets/docs.go":        `there is nothing at "/docs/assets/docs.go"`,
		"/docs/assets/..%2fdocs.go":   `there is nothing at "/docs/assets/../docs.go"`,
		"/docs/a/b":                   `there is nothing at "/docs/a/b"`,
	} {
		a := g.get(path)
		g.wantStatus(a, http.StatusNotFound)
		if got := a.detail(t); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// Whoever is not known sees the documentation where the operator has opened it, and
// nothing else for that.
func TestDocsNeedAnIdentity(t *testing.T) {
	documentation := []string{"/docs", "/docs/", "/docs/o2ims-v1", "/docs/openapi/o2ims-v1.yaml", "/docs/openapi/admin-v1.json", "/docs/assets/docs.css", "/docs/nothing"}
	for name, tt := range map[string]struct {
		docs           httpserver.Docs
		stranger, user int
	}{
		"closed":              {httpserver.Docs{}, http.StatusUnauthorized, http.StatusOK},
		"public":              {httpserver.Docs{Public: true}, http.StatusOK, http.StatusOK},
		"disabled":            {httpserver.Docs{Disabled: true}, http.StatusUnauthorized, http.StatusNotFound},
		"disabled and public": {httpserver.Docs{Disabled: true, Public: true}, http.StatusUnauthorized, http.StatusNotFound},
	} {
		g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) {
			c.AllowAnonymous, c.Docs = false, tt.docs
		})
		for _, path := range documentation {
			for who, want := range map[string]int{"stranger": tt.stranger, "user": tt.user} {
				a := g.get(path)
				if who == "user" {
					a = g.getAs("alice", path)
				}
				if want == http.StatusOK && path == "/docs/nothing" {
					want = http.StatusNotFound
				}
				if a.StatusCode != want {
					t.Errorf("%s: %s of a %s: %d, want %d", name, path, who, a.StatusCode, want)
				}
			}
		}
		for _, path := range []string{"/o2ims", "/docsx", "/o2ims/v1/resources", "/", "/version"} {
			if a := g.get(path); a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %s of a stranger: %d", name, path, a.StatusCode)
			}
		}
		if a := g.getAs("alice", "/o2ims"); a.StatusCode != http.StatusOK || strings.Contains(a.body, "/docs/") == tt.docs.Disabled {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}
