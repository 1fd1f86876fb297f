// Package eventlog is the driven port to what has been told of the inventory,
// and what is still to be told to whom: told records, queues, dead letters.
//
// One leader at a time writes told records and queues' tails, through Leader;
// deliverers take from queues' heads, through Deliveries, each subscription's by
// whoever holds its partition (see assignment). Every change is one atomic step:
// it happens whole or not at all.
//
// Told record: per object, the last canonical state that was turned into an
// event, under its sequence number. Sequence numbers are drawn from one counter
// for the whole store, so that none is ever used for two changes.
//
// Errors are those of package store, wrapped. All methods are safe for
// concurrent use.
package eventlog

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
)

// Guard is what a leader believes of the store. A guarded write whose Guard does
// not hold changes nothing: store.ErrFenced if somebody else leads, else
// store.ErrStale.
type Guard struct {
	// Fence is who leads.
	Fence store.Token
	// Epoch is new with every change of a subscription, and with every
	// RequestRedelivery.
	Epoch store.Token
	// Sequence is the last sequence number drawn.
	Sequence uint64
}

// State is what is known of an object at one moment.
type State struct {
	// Object has its canonical state alone (o2.Canonical).
	Object o2.Object
	// Owner is the tenant whose object it was.
	Owner string
}

// Told is one object's told record.
type Told struct {
	Sequence uint64
	State
}

// Change is a difference between what was told of an object and what is.
type Change struct {
	Object o2.ObjectKey
	// Prior is the sequence number of the told record that the change replaces,
	// 0 if there is none.
	Prior uint64
	// Post is the state now; nil if the object is gone, and the told record goes.
	Post *State
	// PriorDigest and PostDigest are the state digests, zero for none.
	PriorDigest, PostDigest o2.Digest
	// At is when the change was seen.
	At time.Time
	// Targets are those who are to hear of it.
	Targets []Target
}

// Target is one subscriber of a change.
type Target struct {
	Subscription o2.ID
	// Type is what the change is to that subscriber. Its entry has no prior state
	// (Prior 0, PriorDigest zero) if that is EventCreated, and no post state if it
	// is EventDeleted, whatever the change has: the object may have entered or left
	// the filter, or be another tenant's now.
	Type o2.EventType
}

// Entry is one event in one subscription's queue.
type Entry struct {
	// Position orders the queue. The store draws it from the sequence counter.
	Position uint64
	// Sequence goes into the event's id. It is the Position, but for a dead letter
	// that is queued again.
	Sequence uint64
	Type     o2.EventType
	Object   o2.ObjectKey
	// Prior and Post are the sequence numbers of the states, 0 for none.
	Prior, Post             uint64
	PriorDigest, PostDigest o2.Digest
	At                      time.Time
	// Coalesced says that the entry stands for several.
	Coalesced bool
}

// Activation says how the leader has a subscription in force.
type Activation struct {
	Subscription o2.ID
	// Version is that of the subscription whose filter is in force.
	Version  uint64
	Tenant   string
	Platform bool
	// Reaches say whose objects it hears of.
	Reaches o2.Reaches
	Surface string
	Filter  string
	// Overflowed: its queue went past the hard cap; nothing is queued until the
	// subscriber returns and gets a fresh initial state.
	Overflowed bool
	// Returned: it overflowed, and nothing of its queue is left: it was delivered,
	// or given up on. The store tells; it is ignored where a caller sets it.
	Returned bool
}

// Sees reports whether the subscription may hear of an object of that kind that
// owner owns.
func (a *Activation) Sees(kind o2.Kind, owner string) bool {
	return a.Reaches.Over(a.Platform)[kind].Covers(a.Tenant, owner)
}

// Leader is what the controller that leads does.
type Leader interface {
	// Incarnation is the store's random id, new when it is created or restored.
	Incarnation(ctx context.Context) (o2.ID, error)
	// Lead makes the caller the one whose guarded writes succeed, and everyone
	// before fenced. It is confirmed on replicas when it returns.
	Lead(ctx context.Context) (Guard, error)
	// Refresh returns the guard as it is now, if fence still leads.
	Refresh(ctx context.Context, fence store.Token) (Guard, error)

	// WalkTold calls fn with every told record, in no order, until fn fails.
	// Only the leader gets a consistent set.
	WalkTold(ctx context.Context, fn func(Told) error) error
	// Commit turns changes into events: it draws a sequence number for each, in
	// their order, appends an entry to every target's queue and replaces the told
	// records. The i-th change (from 0) gets g.Sequence+1+i, which is also the
	// Position and Sequence of its entries and the told record's Sequence; one that
	// removes the told record draws a number too. Targets that are not active, or
	// whose activation is Overflowed, are left out. It returns the guard to go on
	// with and the lengths that the targets' queues now have.
	Commit(ctx context.Context, g Guard, changes []Change) (Guard, map[o2.ID]int, error)

	// Activations returns every subscription that is in force.
	Activations(ctx context.Context) ([]Activation, error)
	// Activate puts a into force as it is given, Overflowed included, and appends entries to its queue, drawing a
	// position and sequence number for each; those set by the caller are ignored.
	// The states that they refer to are told now. With reset, what was queued and
	// not claimed is dropped first. However many entries there are, it is one step.
	Activate(ctx context.Context, g Guard, a Activation, entries []Entry, reset bool) (Guard, error)
	// Deactivate ends a subscription: its activation, queue, standing and dead
	// letters go. It is no error if it was not active.
	Deactivate(ctx context.Context, g Guard, subscription o2.ID) error

	// Queue returns the entries that are neither claimed nor attempted, in order.
	Queue(ctx context.Context, subscription o2.ID) ([]Entry, error)
	// Rewrite, Overflow and Requeue are store.ErrNotFound if the subscription is
	// not active. Rewrite replaces the entries at the positions in remove by put, which refer
	// to states of the removed ones and keep the position of one of them each.
	// If any of the removed is claimed or gone meanwhile, it is store.ErrStale.
	Rewrite(ctx context.Context, g Guard, subscription o2.ID, remove []uint64, put []Entry) error
	// Overflow drops all of a queue but what is claimed or attempted, or its first
	// entry if nothing is, and marks the activation.
	Overflow(ctx context.Context, g Guard, subscription o2.ID) error

	// Redeliveries returns the dead letters asked for by RequestRedelivery.
	Redeliveries(ctx context.Context) (map[o2.ID][]Entry, error)
	// Requeue appends those dead letters to the queue, under new positions and
	// their own sequence numbers, and behind them entries as Activate does, which
	// may also refer to states of those dead letters. Dead letters that are gone
	// are left out; if entries refer to a state that went with them, nothing is
	// changed and it is store.ErrStale.
	Requeue(ctx context.Context, g Guard, subscription o2.ID, dead []uint64, entries []Entry) (Guard, error)

	// Totals sums up all queues.
	Totals(ctx context.Context) (Totals, error)
	// Aged returns the subscriptions, at most limit, whose oldest entry is from
	// before that time and which have at least two entries.
	Aged(ctx context.Context, before time.Time, limit int) ([]o2.ID, error)
}

// Totals sums up all queues.
type Totals struct {
	Subscriptions, Entries, DeadLetters int
	// Retrying counts the subscriptions whose first entry has failed before.
	Retrying int
	// Oldest is when the oldest queued change was seen; zero if nothing is queued.
	Oldest time.Time
}

// Due is a subscription with something to deliver now.
type Due struct {
	Subscription o2.ID
	// Since is when it became due.
	Since time.Time
}

// Claim is what a deliverer may send.
type Claim struct {
	// Epoch is as in Guard: a subscription read before it changed is to be read
	// again before anything is sent.
	Epoch store.Token
	// Incarnation goes into event ids.
	Incarnation o2.ID
	// Deliveries are from the queue's head, in order; none if nothing is due.
	Deliveries []Delivery
}

// Delivery is one entry with its states.
type Delivery struct {
	Entry
	// PriorState and PostState are nil where the entry has none.
	PriorState, PostState o2.Object
	// Attempts were made before, the first of them at First.
	Attempts int
	First    time.Time
}

// Settlement is what came of a claim. An entry that may have been received
// though nobody knows is to be Failed, or left unsettled and claimed again: what
// is let go of counts as never sent, and may be coalesced with what follows.
type Settlement struct {
	// Delivered: everything claimed up to that position was delivered, the last
	// at DeliveredAt. 0 if nothing was.
	Delivered   uint64
	DeliveredAt time.Time
	// Failed is the entry behind it, nil if none failed.
	Failed *Failure
}

// Failure is an attempt that failed.
type Failure struct {
	Position uint64
	// Attempts counts those made so far, this one included; First is when the
	// first was made.
	Attempts int
	First    time.Time
	// Next is when to try again.
	Next time.Time
	// Reason is for the subscriber and the operator; it holds no secret.
	Reason string
	// Dead moves the entry to the dead letters; Next is then ignored.
	Dead bool
}

// Deliveries is what whoever holds a partition does.
type Deliveries interface {
	// Due returns subscriptions of the partitions held that have something to
	// deliver at now, claimed by someone before or not, at most limit, those due
	// the longest first.
	Due(ctx context.Context, held []assignment.Held, now time.Time, limit int) ([]Due, error)
	// Claim marks up to most entries of the head as about to be sent by the holder.
	// When it returns, they and all before them survive a failover; else it is
	// store.ErrUnconfirmed, and nothing may be sent. store.ErrFenced if the
	// partition has passed on. store.ErrNotFound if the subscription is not active.
	// An attempted entry is claimed again as it is.
	Claim(ctx context.Context, held assignment.Held, subscription o2.ID, most int) (Claim, error)
	// Settle records what came of a claim and lets go of the rest of it, but not of
	// what was claimed already when that claim came: an earlier claim had it that
	// was never settled, so that it may have been sent; it stays claimed (neither
	// in Queue nor open to Rewrite) until it is delivered or given up on. It
	// returns how many entries are left. The same again changes nothing more:
	// what is gone already is left out. Errors as for Claim.
	Settle(ctx context.Context, held assignment.Held, subscription o2.ID, s Settlement) (left int, err error)
}

// Standing is how a subscription's queue stands.
type Standing struct {
	// Length counts queued entries, DeadLetters those given up on.
	Length, DeadLetters int
	// Oldest is when the oldest queued change was seen, zero if none is.
	Oldest time.Time
	// Attempts were made for the first entry; Next is when the next is due.
	Attempts int
	Next     time.Time
	// LastSuccess is when a notification was last accepted, zero if never.
	LastSuccess time.Time
	// LastError is why the last attempt that failed did, at LastFailure; "" and
	// zero if none did.
	LastError   string
	LastFailure time.Time
	Overflowed  bool
}

// DeadLetter is an event that was given up on.
type DeadLetter struct {
	Delivery
	// DiedAt is when, Reason why its last attempt failed.
	DiedAt time.Time
	Reason string
	// Redelivering: it is asked to be queued again, and the leader has yet to do it.
	Redelivering bool
}

// Standings is what subscribers and operators ask.
type Standings interface {
	// Standings returns one for each of the subscriptions, in their order; the
	// zero Standing for one that is not active.
	Standings(ctx context.Context, subscriptions []o2.ID) ([]Standing, error)
	// Incarnation is as in Leader.
	Incarnation(ctx context.Context) (o2.ID, error)
	// DeadLetters returns those behind position after, at most limit, in order.
	DeadLetters(ctx context.Context, subscription o2.ID, after uint64, limit int) ([]DeadLetter, error)
	// RequestRedelivery asks the leader to queue dead letters again: those at the
	// positions, or all if positions is nil. It returns how many, and renews the
	// epoch. Unknown positions are left out.
	RequestRedelivery(ctx context.Context, subscription o2.ID, positions []uint64) (int, error)
	// PurgeDeadLetters forgets dead letters, as RequestRedelivery chooses them.
	PurgeDeadLetters(ctx context.Context, subscription o2.ID, positions []uint64) (int, error)
}

// Log is the whole of it.
type Log interface {
	Leader
	Deliveries
	Standings
	// RenewEpoch makes the epoch a new one: for subscriptions that are kept outside
	// the store. It is confirmed on replicas when it returns.
	RenewEpoch(ctx context.Context) error
}
