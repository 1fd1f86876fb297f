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

// secure tells everyone that types are not to be guessed, and the rest to whoever
// may be a browser that makes a page of an answer: all but those who take JSON and
// nothing else, which is what a program asks for. A browser asks so only for a
// script that gets the answer as data. If it makes a page of it later, out of its
// cache, it asks again (no-cache) and is told with the 304. To programs it would be
// dear: each header costs as much as a check of the caller does.
func secure(h http.Header, r *http.Request) {
	h["X-Content-Type-Options"] = nosniff
	if accept := r.Header["Accept"]; len(accept) == 1 && accept[0] == "application/json" {
		return
	}
	h["Content-Security-Policy"] = noContent
	h["X-Frame-Options"] = noFrames
	h["Referrer-Policy"] = noReferrer
	if r.TLS != nil {
		h["Strict-Transport-Security"] = overTLS
	}
}
