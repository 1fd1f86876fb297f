// Package api speaks to one OpenStack region: to Keystone v3 for a token and the
// catalog, to Nova and to Placement.
//
// What it lists is whole or an error: an answer without its list, a page that is
// cut, a marker that leads nowhere or back, an item without an id and one that
// Nova knows only half of (its cell is down) are errors. Reads are tried again;
// writes are sent once, but for those that were refused unread because the token
// had expired. Errors are in the sdk's terms and hold no secret; a 404 that does
// not come from Nova or Placement itself is no NotFound.
//
// The client logs in when it is first asked something, again shortly before the
// token ends or once it is refused, and when the files that the credentials come
// from have changed.
package api
