// Package routing decides which backends a list covers and which backend a
// create goes to, from the rules of the configuration.
//
// Rules are tried by priority, the highest first, and in their order where
// priorities are equal. For a create, a rule applies if its resource type does
// and every entry of its filter equals the new object's attribute. For a list,
// a rule applies if its resource type does and the request's filter pins every
// entry of the rule's filter to the same value: only then can the rule's
// adapters be all that the list is about.
//
// A rule without a filter says where things of a type go, not what lists are
// confined to: it routes creates and leaves lists alone. So the usual last rule,
// "*" to the default adapter, hides no other backend from a list. Where no rule
// applies, a create goes to the default adapter and a list covers every backend.
//
// What has an id is read, changed and deleted in the backend that holds it;
// routing is not asked.
package routing
