// Package detection is what the controller that leads does: it follows the
// views, and turns every difference between what is and what was last told into
// events in the queues of those who are to hear of it.
//
// What was told is kept in the event log, so that a new leader finds what its
// predecessor missed. The leader believes its copy of it only as long as the
// log's guard holds: with every write the log checks who leads, that no
// subscription has changed and that nothing else was written; the leader also
// asks while it has nothing to write. Where anything differs it reads again and
// compares again, which costs time and nothing else: an object that is as it was
// told makes no event.
//
// A write whose answer is lost may have happened or not. The leader does not
// guess: it reads everything again.
//
// Before it commits anything it puts subscriptions into force as they are
// stored: a new one with the initial state that it asked for, a changed one with
// the difference between its filters. Both are made of what was told, so that
// what changes meanwhile comes behind them in the queue.
//
// Queues that grow are coalesced: what happened to one object becomes one event.
// Past a cap a queue is given up, and its subscriber starts anew when it returns.
package detection
