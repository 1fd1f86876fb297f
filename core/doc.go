// Package core is the folder of the domain; it has no code of its own. Its test
// holds the walls of the whole project: who may import whom.
//
//	core/o2, core/scope, core/query   nothing of ours
//	ports/...                         those three, and each other
//	core/... (services)               ports and those three
//	inbound/..., outbound/...         ports and those three; their own folder
//	outbound/pluginhost               the sdk as well, and nobody else does
//	plugins/...                       the sdk, never the root module
//	sdk/...                           nothing of ours
//	cmd/...                           everything
//
// Nothing in core or ports imports more than the standard library.
package core
