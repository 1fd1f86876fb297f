package authn

import (
	"crypto/tls"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestRefusals(t *testing.T) {
	ca := newAuthority(t)
	reg := prometheus.NewRegistry()
	a := newAuthenticator(t, Config{
		Tenancy: true, Verifier: provider{"beta": {User: "alice", Tenant: "smo-beta"}}, Registerer: reg,
		Proxies: prefixes("10.0.0.1/32"),
		Known:   func(tenant string) bool { return tenant == "smo-alpha" },
	})
	const bearer, mutual = `Bearer realm="netweave"`, `Mutual realm="netweave"`
	described := func(text string) string { return bearer + `, error="invalid_token", error_description="` + text + `"` }
	for _, tt := range []struct {
		name       string
		tls        *tls.ConnectionState
		token      string
		status     int
		challenges []string
		detail     string
	}{
		{"nothing", nil, "", 401, []string{bearer, mutual}, "this gateway needs a verified client certificate"},
		{"bad token", nil, "eve", 401, []string{described("the token is not valid: it is 'nobody's'"), mutual}, "nobody's"},
		{"bad name", verified(ca.client("x")), "", 401, []string{bearer, mutual}, "the client certificate is refused"},
		{"two tenants", verified(ca.client("a.smo-alpha")), "beta", 401,
			[]string{described("the client certificate and the bearer token name different tenants"), mutual}, "different tenants"},
		{"expired", verified(ca.client("a.smo-alpha", expired)), "", 401, []string{bearer, mutual}, "has expired"},
		{"expired of nobody", verified(ca.client("a.smo-gamma", expired)), "", 401, []string{bearer, mutual}, "has expired"},
		{"down", nil, "down", 503, nil, "the bearer token cannot be verified now: the identity provider is unavailable"},
	} {
		r := request(tt.tls)
		if tt.token != "" {
			r.Header.Set("Authorization", "Bearer "+tt.token)
		}
		_, err := a.Identify(r, "")
		w := httptest.NewRecorder()
		a.Refuse(w, err)
		if w.Code != tt.status || fmt.Sprint(w.Header()["Www-Authenticate"]) != fmt.Sprint(tt.challenges) ||
			!strings.Contains(w.Body.String(), tt.detail) || strings.Contains(w.Body.String(), "10.0.0.9") {
			t.Errorf("%s: %d %v %s", tt.name, w.Code, w.Header(), w.Body)
		}
		if after := w.Header().Get("Retry-After"); (after != "") != (tt.status == 503) {
			t.Errorf("%s: Retry-After %q", tt.name, after)
		}
	}
	if _, err := a.Identify(request(verified(ca.client("a.smo-alpha"))), ""); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("# HELP o2ims_auth_failures_by_client Requests with credentials of a tenant's that were refused.\n" +
		"# TYPE o2ims_auth_failures_by_client counter\n" +
		"o2ims_auth_failures_by_client{tenant=\"smo-alpha\"} 2\no2ims_auth_failures_by_client{tenant=\"unknown\"} 5\n" +
		"# HELP o2ims_auth_total Requests by whether their caller was identified, and by what.\n# TYPE o2ims_auth_total counter\n")
	counted := map[string]int{
		"failure none": 1, "failure bearer": 2, "failure certificate": 3, "failure both": 1, "success certificate": 1,
	}
	for _, status := range []string{"failure", "success"} {
		for _, m := range methodNames {
			fmt.Fprintf(&want, "o2ims_auth_total{method=%q,status=%q} %d\n", m, status, counted[status+" "+m])
		}
	}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want.String())); err != nil {
		t.Error(err)
	}
	if _, err := New(Config{Registerer: reg}); err == nil {
		t.Error("the metrics were registered twice")
	}
}

func TestChallengesNameWhatIsAdmitted(t *testing.T) {
	const bearer, mutual = `Bearer realm="netweave"`, `Mutual realm="netweave"`
	for demand, want := range map[Require]string{
		RequireAny: mutual, RequireCertificate: mutual, RequireBearer: bearer, RequireBoth: bearer + " " + mutual,
	} {
		if got := strings.Join(newAuthenticator(t, Config{Require: demand}).Challenge(ErrNoIdentity), " "); got != want {
			t.Errorf("%s: got %s, want %s", demand, got, want)
		}
	}
}
