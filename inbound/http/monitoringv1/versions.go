package monitoringv1

import (
	"net/http"

	"github.com/netweave/netweave/inbound/http/request"
)

// What api_versions answers: under Prefix and under Base.
var (
	versions      = []byte(`{"uriPrefix":"` + Prefix + `","apiVersions":[{"version":"1.0.0"}]}`)
	minorVersions = []byte(`{"uriPrefix":"` + Base + `","apiVersions":[{"version":"1.0.0"}]}`)
)

// ListVersions answers with the API's versions.
func (a *API) ListVersions(w http.ResponseWriter, r *http.Request) { a.answerVersions(w, r, versions) }

// ListMinorVersions answers with the minor versions of version 1.
func (a *API) ListMinorVersions(w http.ResponseWriter, r *http.Request) {
	a.answerVersions(w, r, minorVersions)
}

func (a *API) answerVersions(w http.ResponseWriter, r *http.Request, list []byte) {
	err := request.CheckAccept(r)
	if err == nil {
		_, err = request.Parameters(r, nil)
	}
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	a.reading.Send(w, r, list)
}
