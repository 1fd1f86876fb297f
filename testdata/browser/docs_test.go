//go:build integration

package browser

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const width, height = 1400, 1000

// Every API has a reference, and a request that is tried there succeeds.
func TestReferences(t *testing.T) {
	g := start(t, "alarms: {alertmanager: {receivers: [{name: prometheus}]}}")
	for _, v := range g.versions() {
		t.Run(v.label(), func(t *testing.T) {
			b := open(t, width, height)
			b.visit(g.url+v.Reference, ".opblock")
			title, server := ask(b, chromedp.Title()), b.value(".servers select")
			if !strings.HasPrefix(title, v.Title) || server != g.url {
				t.Errorf("title %q, server %q", title, server)
			}
			b.shoot(v.label())
			if status := b.try(g.trial(v)); status != "200" {
				t.Errorf("tried: %s", status)
			}
			b.shoot(v.label() + "-tried")
			b.silent(g.url)
		})
	}
}

// The overview leads to every reference, and a reference to the others.
func TestOverview(t *testing.T) {
	g := start(t, `api: {versions: {o2ims/v1: {deprecated: 2026-07-01, sunset: 2027-01-01, migrationGuide: "https://docs.example.com/migration/v1-to-v2"}}}`)
	b := open(t, width, height)
	b.visit(g.url+"/docs", "table")
	b.shoot("overview")
	for _, v := range g.versions() {
		b.click(fmt.Sprintf(`nav a[href$="/%s"]`, v.label()))
		b.do(chromedp.WaitVisible(chromedp.CSS(fmt.Sprintf(`#reference[data-document$="/%s.json"] .opblock`, v.label()))))
		shown, about := b.text(".about code"), b.text(".about")
		if shown != "/"+v.Name || strings.Contains(about, "deprecated as of 2026-07-01") != (v.Status == "deprecated") {
			t.Errorf("%s: shows %q, %q", v.Name, shown, about)
		}
		if v.Status == "deprecated" {
			b.shoot("deprecated")
		}
	}
	b.silent(g.url)
}

// Where callers have tokens, the reader types one in: without it a request is
// refused, and the pages are there all the same if they are public.
func TestTokens(t *testing.T) {
	const token = "a-token-for-the-browser"
	g := start(t, fmt.Sprintf("auth: {tokens: [{user: reader, sha256: \"sha256:%x\"}]}\napi: {docs: {public: true}}", sha256.Sum256([]byte(token))))
	b := open(t, width, height)
	b.visit(g.url+"/docs/o2ims-v1", ".opblock")
	if status := b.try(trial{operationID: "listResourcePools"}); status != "401" {
		t.Errorf("without a token: %s", status)
	}
	b.click("button.authorize")
	b.do(chromedp.SendKeys(chromedp.CSS(".auth-container input"), token))
	b.shoot("authorize")
	b.click(".auth-btn-wrapper button.authorize")
	b.click(".auth-btn-wrapper button.btn-done")
	if status := b.execute("listResourcePools"); status != "200" {
		t.Errorf("with a token: %s", status)
	}
	b.silent(g.url, "status of 401 (Unauthorized)")
	kept := ask(b, chromedp.Evaluate[string](`JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie`))
	if strings.Contains(kept, token) {
		t.Errorf("the token was kept: %s", kept)
	}
}

// A proxy may serve the gateway below a path of its own.
func TestBehindAProxy(t *testing.T) {
	var target *url.URL
	proxy := httptest.NewServer(http.StripPrefix("/gw", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}))
	defer proxy.Close()
	external := proxy.URL + "/gw"
	t.Setenv("NETWEAVE_SERVER_EXTERNALURL", external)
	g := start(t, "")
	var err error
	if target, err = url.Parse(g.url); err != nil {
		t.Fatal(err)
	}
	b := open(t, width, height)
	b.visit(external+"/docs", "table")
	b.click(`nav a[href$="/o2ims-v1"]`)
	b.do(chromedp.WaitVisible(chromedp.CSS(".opblock")))
	if server, status := b.value(".servers select"), b.try(trial{operationID: "listResourcePools"}); status != "200" || server != external {
		t.Errorf("%s of %s", status, server)
	}
	b.silent(external)
}

// On a narrow screen nothing is cut off.
func TestNarrow(t *testing.T) {
	g := start(t, "")
	b := open(t, 420, 900)
	for page, element := range map[string]string{"/docs": "table", "/docs/o2ims-v1": ".opblock"} {
		b.visit(g.url+page, element)
		b.shoot("narrow" + strings.ReplaceAll(page, "/", "-"))
		if ask(b, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)) {
			t.Errorf("%s is wider than the screen", page)
		}
	}
	b.silent(g.url)
}
