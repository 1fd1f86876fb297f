// Package webhook implements ports/webhook: it POSTs notifications to callbacks.
//
// A callback is a URL that somebody else chose, so the package never trusts it.
// Every address is judged after the name was resolved and just before the
// connection is made (see policy), so that no name and no later answer of a name
// server leads inside. No redirect is followed, no proxy of the environment is
// used, and an answer is read no further than it is needed.
//
// What went wrong is told as a *webhook.Failure whose reason names neither an
// address behind a name nor a secret.
package webhook
