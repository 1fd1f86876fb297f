// Package ratelimit bounds how many requests a second each tenant and each user
// may make, by classes of routes: reads, writes and administration. A rate is
// shared by all processes.
//
// Tokens come from a shared store in batches that last for about 50 ms at the full
// rate, and the next batch is taken before the last is spent, so that a request
// seldom waits. While the store is away each process grants the whole rate by
// itself: with n processes a caller then gets up to n times its rate, and is never
// refused for the store's sake. Without a store the one process's rate is the rate.
//
// A request that exceeds a limit is refused; it costs its user a token at the
// most, and other users nothing.
package ratelimit
