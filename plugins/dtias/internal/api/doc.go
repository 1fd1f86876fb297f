// Package api is the client of DTIAS's REST API.
//
// Its lists are whole or an error: what was counted and did not come, came twice
// or came without an id, a body that was cut, a list that is missing: all of it
// fails. polled.ErrMoved is in those errors that a change between two pages explains as
// well as a fault does; reading again tells.
//
// Reads are tried again after transport errors, 5xx and 429, as long as their
// context lasts; few are under way at once. Nothing else is ever sent twice. Its
// errors are *sdk.Error, or the context's own where the caller has gone away; the
// API key is in none of them, nor in what is logged.
package api
