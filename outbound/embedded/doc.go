// Package embedded keeps everything that must survive in one file, for one
// process: the default store, with nothing to install.
//
// The file is a bbolt database. What a write returns is on disk; writes that
// come at once share one sync. An index of the queues is kept in memory and read
// anew when the file is opened, and so are the claims of deliverers: what one
// process had claimed and not settled when it died counts as claimed for the
// next, as far as it can have been sent.
//
// The file is never replaced by a fresh one on its own: a damaged, foreign,
// newer or locked file is an error that says what to do.
//
// Assignment, election, bus, snapshots, rates and what is reserved of quotas need
// no file: whoever takes part is in this process.
package embedded
