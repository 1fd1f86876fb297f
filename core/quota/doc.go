// Package quota keeps tenants within their quotas, over a quota.Store, and tells
// how much of each quota an object takes.
//
// A write reserves what it wants before the backend is asked, so that no two
// writes at once take more than is left, and settles it with what was made. What
// is reserved and never settled ends by itself; whether it was taken all the same,
// reconciliation with the views finds out.
package quota
