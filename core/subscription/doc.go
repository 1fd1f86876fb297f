// Package subscription is the service over subscriptions and their dead letters,
// behind the driving ports of ports/subscription.
//
// It checks what callers say, keeps it in the subscription store, and tells
// other processes, so that what is being sent stops at once. It queues nothing
// itself: the leader puts subscriptions into force.
//
// A subscription that a caller does not see is to that caller the same as none. It
// hears of what its maker may read at the time of making or changing it, and of
// nothing else, whoever else may read it.
package subscription
