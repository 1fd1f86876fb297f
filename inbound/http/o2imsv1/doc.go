// Package o2imsv1 serves /o2ims/v1: deployment managers, resource pools,
// resources, resource types and subscriptions in the shape of netweave v1. Family
// is how the core reads its subscriptions' filters and writes its notifications.
//
// openapi.yaml is the contract. The routes and the ServerInterface in api.gen.go are
// generated from it; request bodies are checked against it; tests check every
// response against it.
package o2imsv1

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml
