// Package browser opens the documentation under /docs in a real Chromium: every
// page of it, with a request tried on each. The console must stay silent, and no
// request may leave the gateway.
//
// The tests carry the build tag integration, need Chromium ("task chromium") and
// the gateway and its mock plugin below bin ("task build"), and leave their
// screenshots in .cache/screenshots.
package browser
