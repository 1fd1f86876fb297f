//go:build integration

package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-chi/chi/v5"
	"pgregory.net/rapid"
)

// ask is a request.
type ask struct {
	from         caller
	method, path string // with its query
	body         any    // nil for none
	media        string // Content-Type, application/json if ""
	key          string // Idempotency-Key
	held         string // If-None-Match
	// resource and action are the permission that the route takes, for the audit log.
	resource, action string
	// replay: the answer may be of an earlier request of the caller's.
	replay bool
}

// answer is what came of it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// member returns a member of the answer's object.
func (a answer) member(name string) string {
	var object map[string]any
	if json.Unmarshal(a.body, &object) != nil {
		return ""
	}
	text, _ := object[name].(string)
	return text
}

// items returns a member of each object of a list.
func (a answer) items(name string) (list []string) {
	var object struct{ Items []map[string]any }
	if json.Unmarshal(a.body, &object) != nil {
		return []string{"no list"}
	}
	for _, item := range object.Items {
		text, _ := item[name].(string)
		list = append(list, text)
	}
	return list
}

// next returns the path of the next page, "" for none.
func (a answer) next() string {
	link := a.header.Get("Link")
	end := strings.IndexByte(link, '>')
	if !strings.HasPrefix(link, "<") || end < 0 {
		return ""
	}
	return link[1:end]
}

// forged are headers by which nobody is anybody.
var forged = []string{
	"X-Tenant-ID", "X-Forwarded-User", "X-SSL-Client-CN", "X-SSL-Client-Verify", "X-Forwarded-Client-Cert", "Client-Cert", "X-User", "X-Role",
}

// chain returns the certificates by which a caller is known under a name.
func (l *lab) chain(name string) []*x509.Certificate {
	if l.chains[name] == nil {
		cert, key := l.clients.issue(name)
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			l.clients.t.Fatal(err)
		}
		l.chains[name] = []*x509.Certificate{pair.Leaf, l.clients.Cert}
	}
	return l.chains[name]
}

// certified has r come from the holder of a verified certificate.
func certified(r *http.Request, chain []*x509.Certificate) {
	r.TLS = &tls.ConnectionState{HandshakeComplete: true, VerifiedChains: [][]*x509.Certificate{chain}, PeerCertificates: chain[:1]}
}

// by says by what a request's caller is known.
type by int

const (
	byCertificate by = iota
	byToken
	byBoth
)

// tokens reports whether there is a static token of the caller's.
func (w *world) hasToken(c caller) bool { return w.kept.tokens[c] }

// send sends a request to a process, and looks at all that comes back.
func (w *world) send(g *gateway, a ask, credentials by) (answer, error) {
	var body *bytes.Reader
	text := []byte{}
	if a.body != nil {
		var err error
		text, err = json.Marshal(a.body)
		w.must(err)
	}
	body = bytes.NewReader(text)
	r := httptest.NewRequestWithContext(w.ctx, a.method, "http://localhost"+a.path, body)
	if a.body != nil {
		r.Header.Set("Content-Type", cmp.Or(a.media, "application/json"))
	}
	if a.key != "" {
		r.Header.Set("Idempotency-Key", a.key)
	}
	if a.held != "" {
		r.Header.Set("If-None-Match", a.held)
	}
	admitted := w.m.admitted(a.from)
	id := w.words.fresh("Request", a.from.home)
	r.Header.Set("X-Request-Id", id)
	if w.words.last%3 == 0 {
		for _, name := range forged {
			r.Header.Set(name, "root.platform")
		}
	}
	if credentials != byToken {
		certified(r, w.lab.chain(a.from.user+"."+a.from.home))
	}
	if credentials != byCertificate {
		r.Header.Set("Authorization", "Bearer "+tokenOf(a.from))
	}
	sent := a.path + " " + string(text) + " " + id
	w.words.say(a.from.home, sent)
	got := w.serve(g, r)
	w.recorded(a, id, got.status)
	if a.replay && got.header.Get("Idempotency-Replayed") != "" {
		return got, nil
	}
	if !admitted && a.method != http.MethodHead && !strings.Contains(string(got.body), "is not admitted") {
		return got, fmt.Errorf("is told more than that it is not admitted: %s", got.body)
	}
	var headers bytes.Buffer
	w.must(got.header.Write(&headers))
	own := a.resource == "AuditLog" || a.resource == "Subscription"
	if a.resource == "AuditLog" && w.m.extent(a.from, "AuditLog", "list")&ofAll != 0 {
		return got, nil // who sees everyone's entries sees what everyone has asked for
	}
	of := ""
	if strings.HasSuffix(a.path, "/deadLetters") && got.status == http.StatusOK {
		of = strings.Split(a.path, "/")[4]
	}
	if word := w.leak(a.from, sent, headers.String()+string(got.body), own, of); word != "" {
		return got, fmt.Errorf("is told %s: %s", word, got.body)
	}
	return got, nil
}

// serve has a process answer a request, and counts it.
func (w *world) serve(g *gateway, r *http.Request) answer {
	match := chi.NewRouteContext()
	if g.server.Routes().Match(match, r.Method, r.URL.Path) {
		w.lab.asked[r.Method+" "+match.RoutePattern()]++
	}
	w.lab.routes = g.server.Routes()
	rec := httptest.NewRecorder()
	g.server.Handler().ServeHTTP(rec, r)
	w.lab.requests++
	w.lab.statuses[rec.Code]++
	return answer{status: rec.Code, header: rec.Result().Header, body: rec.Body.Bytes()}
}

// neverAsked are the routes that no request was for.
func (l *lab) neverAsked() (never []string) {
	_ = chi.Walk(l.routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if l.asked[method+" "+route] == 0 && method != http.MethodHead {
			never = append(never, method+" "+route)
		}
		return nil
	})
	return never
}

// recorded notes what the audit log is to have of a request.
func (w *world) recorded(a ask, id string, status int) {
	admin := strings.HasPrefix(a.path, "/admin/")
	if !admin && a.action != "create" && a.action != "update" && a.action != "delete" && status != http.StatusForbidden {
		return
	}
	result := "error"
	switch {
	case status < 400:
		result = "success"
	case status == 403:
		result = "denied"
	}
	w.m.records = append(w.m.records, record{id, a.from.home, a.from.user, a.action, a.resource, result})
}

// credentials draws by what a caller is known.
func (w *world) credentials(c caller) by {
	if !w.hasToken(c) {
		return byCertificate
	}
	return rapid.SampledFrom([]by{byCertificate, byToken, byBoth}).Draw(w.T, "by")
}

// do sends a request to the first process, which is to be answered with one of
// these statuses.
func (w *world) do(a ask, want ...int) answer {
	w.Helper()
	got, err := w.send(w.gateways[0], a, w.credentials(a.from))
	if err != nil {
		w.Fatalf("difference: %s: %v", a.text(), err)
	}
	for _, status := range want {
		if got.status == status {
			return got
		}
	}
	w.Fatalf("difference: %s: %d %s, want %d", a.text(), got.status, got.body, want)
	return got
}

func (a ask) text() string {
	text, _ := json.Marshal(a.body)
	return fmt.Sprintf("%s.%s %s %s %s", a.from.user, a.from.home, a.method, a.path, text)
}

// read has one of the processes judged, by a function that asks what changes
// nothing. Another process than the first may be a little late.
func (w *world) read(judge func(g *gateway) error) {
	w.Helper()
	n := rapid.IntRange(0, len(w.gateways)-1).Draw(w.T, "process")
	err := judge(w.gateways[n])
	if err != nil && n > 0 {
		err = wait(patience, func() error { return judge(w.gateways[n]) })
	}
	if err != nil {
		w.Fatalf("difference: process %d: %v", n, err)
	}
}

// get asks for something, which is to be answered with a status.
func (w *world) get(g *gateway, a ask, credentials by, want int) (answer, error) {
	got, err := w.send(g, a, credentials)
	if err != nil {
		return got, fmt.Errorf("%s: %w", a.text(), err)
	}
	if got.status != want {
		return got, fmt.Errorf("%s: %d %s, want %d", a.text(), got.status, got.body, want)
	}
	return got, nil
}

// sendAs sends a request whose credentials are none, a token of nobody, or a
// certificate of the caller's with somebody else's token.
func (w *world) sendAs(a ask, how int, other caller) (answer, error) {
	r := httptest.NewRequestWithContext(w.ctx, a.method, "http://localhost"+a.path, nil)
	for _, name := range forged {
		r.Header.Set(name, "root.platform")
	}
	switch how {
	case 1:
		r.Header.Set("Authorization", "Bearer "+tokenOf(a.from)+"x")
	case 2:
		certified(r, w.lab.chain(a.from.user+"."+a.from.home))
		r.Header.Set("Authorization", "Bearer "+tokenOf(other))
	}
	got := w.serve(w.gateways[0], r)
	if word := w.leak(caller{"nobody", "nowhere"}, a.path, string(got.body), false, ""); word != "" {
		return got, fmt.Errorf("is told %s: %s", word, got.body)
	}
	return got, nil
}

// post sends a body as the holder of a certificate. It may be called from many
// goroutines at once.
func (g *gateway) post(ctx context.Context, chain []*x509.Certificate, path, body string) answer {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	certified(r, chain)
	rec := httptest.NewRecorder()
	g.server.Handler().ServeHTTP(rec, r)
	return answer{status: rec.Code, header: rec.Result().Header, body: rec.Body.Bytes()}
}
