// Package tlsfiles is TLS from files that may change at any time: the server's
// certificate, key, client authorities and revocation lists, and what the gateway
// shows and trusts as a client of Redis and of callbacks.
//
// It promises that
//   - a [Watch] takes new files into use for every handshake from then on, and no
//     connection is dropped for it;
//   - files that cannot be used, such as half of a pair that is being replaced,
//     change nothing: the log names key and reason once, and
//     netweave_tls_reload_failed is 1 until they are mended. Files count once they
//     were read twice alike, so that what is being written is not complained of;
//   - files are read by their names, so that they may be written in place, renamed
//     into place, or be links that are swapped, as those of Kubernetes volumes;
//   - no error or log shows what a file holds.
//
// The server speaks TLS 1.3 alone and resumes no session: each handshake verifies
// the client's certificate against the authorities and revocation lists of that
// moment.
package tlsfiles
