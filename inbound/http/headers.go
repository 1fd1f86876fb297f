package httpserver

import "net/http"

// What every answer tells browsers: nothing here is a page, to be framed, guessed
// at or linked from.
var (
	nosniff    = []string{"nosniff"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	noFrames   = []string{"DENY"}
	noReferrer = []string{"no-referrer"}
	// overTLS has browsers come back by TLS alone, for a year.
	overTLS = []string{"max-age=31536000"}
)

func secure(h http.Header, tls bool) {
	h["X-Content-Type-Options"] = nosniff
	h["Content-Security-Policy"] = noContent
	h["X-Frame-Options"] = noFrames
	h["Referrer-Policy"] = noReferrer
	if tls {
		h["Strict-Transport-Security"] = overTLS
	}
}
