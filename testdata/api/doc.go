// Package api holds a running gateway to its OpenAPI documents by tools that others
// made, in another language. A client that is generated from each document exercises
// every operation (folder client: a document with an operation that nothing there
// calls fails), and schemathesis sends what the documents allow and what they forbid.
//
// Documents are all that are in the tree, so that a new family takes a file in folder
// client and no more.
package api
