package httpserver

import "net/http"

// What answers tell browsers: nothing here is a page, to be framed, guessed at or
// linked from.
var (
	nosniff    = []string{"nosniff"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	noFrames   = []string{"DENY"}
	noReferrer = []string{"no-referrer"}
	// overTLS has browsers come back by TLS alone, for a year.
	overTLS = []string{"max-age=31536000"}
)

// secure sets them. What is about documents alone is left out for those who take
// nothing but JSON: no browser makes a document of what it asks for like that, and
// each header costs as much as a check of the caller does. If one makes a document
// of such an answer later, out of its cache, it asks again (no-cache), and is told
// with the 304.
func secure(h http.Header, r *http.Request) {
	h["X-Content-Type-Options"] = nosniff
	if r.TLS != nil {
		h["Strict-Transport-Security"] = overTLS
	}
	if accept := r.Header["Accept"]; len(accept) == 1 && accept[0] == "application/json" {
		return
	}
	h["Content-Security-Policy"] = noContent
	h["X-Frame-Options"] = noFrames
	h["Referrer-Policy"] = noReferrer
}
