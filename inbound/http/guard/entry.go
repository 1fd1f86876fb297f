package guard

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

// tenantParameter is the path parameter that names the tenant an object is about.
const tenantParameter = "tenantId"

// record has an answer recorded. location is that of a new object, "" for none.
func (g *Guard) record(r *http.Request, need authz.Request, status int, location string) {
	if g.config.Recorder == nil {
		return
	}
	e := exchange.From(r.Context())
	entry := auditlog.Entry{
		At: time.Now(), Tenant: e.Scope.Home(), User: e.Scope.User(), Action: string(need.Action), Resource: need.Resource,
		ResourceID: resourceID(r, e, need.Resource, location), Result: resultOf(status), Status: status,
		Method: r.Method, Path: r.URL.EscapedPath(), RequestID: e.RequestID,
	}
	if g.config.Address != nil {
		if at := g.config.Address(r); at.IsValid() {
			entry.Address = at.String()
		}
	}
	if about := cmp.Or(request.PathParameter(r, tenantParameter), e.About); about != entry.Tenant {
		entry.ResourceTenant = about
	}
	g.config.Recorder.Record(r.Context(), entry)
}

// idOf returns the id that ends a location.
func idOf(location string) string {
	path, _, _ := strings.Cut(location, "?")
	escaped := path[strings.LastIndexByte(path, '/')+1:]
	id, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped // we made it: this cannot be
	}
	return id
}

// resourceID returns the id of the object that a request is about: the parameter
// of the path that is called after the resource, and behind it, or alone, what the
// path or the location of something new ends with. A role that a user is given is
// "user/role" thus.
func resourceID(r *http.Request, e *exchange.Exchange, resource, location string) string {
	named := lowerFirst(resource) + "Id"
	id, last := request.PathParameter(r, named), ""
	pattern := e.Route()
	switch at := strings.LastIndexByte(pattern, '{'); {
	case location != "":
		last = idOf(location)
	case at >= 0 && strings.HasSuffix(pattern, "}") && pattern[at+1:len(pattern)-1] != named:
		last = request.PathParameter(r, pattern[at+1:len(pattern)-1])
	}
	if id != "" && last != "" {
		return id + "/" + last
	}
	return id + last
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return string(unicode.ToLower(rune(text[0]))) + text[1:]
}

func resultOf(status int) auditlog.Result {
	switch {
	case status < http.StatusBadRequest:
		return auditlog.Success
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return auditlog.Denied
	}
	return auditlog.Failed
}
