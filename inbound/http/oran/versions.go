package oran

import (
	"net/http"

	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/reading"
)

// AnswerVersions tells which versions the API at prefix has (ETSI GS NFV-SOL 013,
// 9.3).
func AnswerVersions(a *reading.Reading, w http.ResponseWriter, r *http.Request, prefix string, versions ...string) {
	if err := reading.CheckWrite(r); err != nil {
		a.Fail(w, r, err)
		return
	}
	b := jsontext.Append([]byte(`{"uriPrefix":`), a.ExternalURL()+prefix)
	b = append(b, `,"apiVersions":[`...)
	for i, v := range versions {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsontext.Append(append(b, `{"version":`...), v), '}')
	}
	a.Send(w, r, append(b, ']', '}'))
}
