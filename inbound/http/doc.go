// Package httpserver is the gateway's HTTP server: one router, one chain of
// middleware around it (chain.go has the order), limits, time-outs and a drain
// that loses no request.
//
// Each API family is a package below this one that adds its routes. Every answer
// of 400 and above is a problem document, whoever writes it: a handler, the
// router for an unknown path or method, the containment of a panic, or net/http
// itself for a request that it cannot read.
package httpserver
