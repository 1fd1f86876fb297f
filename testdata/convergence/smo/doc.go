// Package smo is the consumer's side of the convergence test: receivers of
// notifications that keep a copy of the inventory from them alone, behave badly
// on purpose, and hold every notification against what netweave promises:
//
//   - an event id never carries two contents;
//   - once repeated ids are left out, each object's events are in order: every
//     event begins with the state that the one before ended with;
//   - nothing new is sent for a subscription that is long gone.
//
// What breaks a promise is recorded as a violation; whether the copies are right
// at the end is for the test to compare.
package smo
