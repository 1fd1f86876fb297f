// Package delivery sends what is queued to the subscribers: each subscription's
// events one at a time and in order, many subscriptions side by side.
//
// A Deliverer holds a share of the partitions (ports/assignment) and serves the
// subscriptions that fall into them. It sends nothing that it has not claimed,
// and a claim is safe on replicas before it counts, so that a failover of the
// store forgets nothing that a receiver has seen. It judges by its own clock
// whether a partition is still its own, before every send, and gives a partition
// up when the store has refused it once.
//
// What it promises each subscriber: events arrive in the queue's order, and the
// next is not sent before the one ahead was accepted or given up on. What was
// accepted and could not be recorded is sent again, under the same event id.
// Nothing is given up on without a dead letter.
//
// While a tenant is held its events wait in their queues, in order, and nothing is
// said of it to anyone.
//
// A receiver that fails costs its own subscription time, by Policy, and no other.
// An attempt that hangs stops counting against the number of workers, so that
// slow receivers do not hold up the brisk ones.
package delivery
