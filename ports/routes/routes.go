// Package routes is the driving port through which operators ask what routing
// decides, and why.
//
// Errors: authz.ErrDenied. All methods are safe for concurrent use.
package routes

import (
	"context"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
)

// Question is a request of which it is asked where it would go.
type Question struct {
	// Kind is what the request lists or creates.
	Kind o2.Kind
	// Object is what would be created; nil asks about a list.
	Object o2.Object
	// Filter is the list's, nil for none.
	Filter *query.Filter
}

// Verdict is what came of one rule.
type Verdict string

// The verdicts.
const (
	// Decided: the rule decides.
	Decided Verdict = "decided"
	// Passed: the rule applies, and none of its adapters is there.
	Passed Verdict = "passed"
	// Unfit: the rule does not apply.
	Unfit Verdict = "unfit"
	// Unasked: a rule before it has decided.
	Unasked Verdict = "unasked"
)

// NoRule is the index where no rule decides.
const NoRule = -1

// Rule is one rule of the configuration and what came of it.
type Rule struct {
	// Index is the rule's place in routing.rules, counted from 0.
	Index int
	// ResourceType, Adapters, Strategy and Priority are the configuration's.
	ResourceType string
	Adapters     []string
	Strategy     string
	Priority     int
	Verdict      Verdict
	// Reason is one sentence.
	Reason string
}

// Explanation says where a request goes, and why.
type Explanation struct {
	// Adapters are where it goes, by name: several for a list, at most one for a
	// create; none if nothing takes it.
	Adapters []string
	// Rule is the index of the rule that decides, or NoRule.
	Rule int
	// Reason is one sentence.
	Reason string
	// Rules are all rules in the order in which they are tried.
	Rules []Rule
}

// Routes explains routing.
type Routes interface {
	// Explain says where a request would go now. The caller needs the permission to
	// read Route.
	Explain(ctx context.Context, sc scope.Scope, q Question) (Explanation, error)
}
