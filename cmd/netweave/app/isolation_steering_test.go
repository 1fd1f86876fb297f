//go:build integration

package app

import "net/http"

// steering asks for what is the gateway's own: a permission has to extend to all.
func (w *world) steering() {
	ways := []struct {
		method, path, noun, verb string
		status                   int
	}{
		{"GET", "/adapters", "Adapter", "list", 200}, {"GET", "/adapters/west", "Adapter", "read", 200},
		{"POST", "/adapters/west/resync", "Adapter", "update", 202}, {"POST", "/adapters/west/resume", "Adapter", "update", 200},
		{"POST", "/adapters/nowhere/pause", "Adapter", "update", 404},
		{"GET", "/configuration", "Configuration", "read", 200}, {"GET", "/routing/explain", "Route", "read", 200},
	}
	way := ways[w.lab.turn("steering", len(ways))]
	c := w.caller(way.noun, way.verb)
	a := ask{from: c, method: way.method, path: admin + way.path, resource: way.noun, action: way.verb}
	want := way.status
	if w.m.extent(c, way.noun, way.verb)&ofAll == 0 {
		want = http.StatusForbidden
	}
	w.do(a, want)
}
