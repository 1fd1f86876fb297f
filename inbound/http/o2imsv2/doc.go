// Package o2imsv2 serves /o2ims/v2: what /o2ims/v1 does, with lists that tell how long
// they are and can be sorted and searched, pools that show their health, figures, tags
// and times, and a pool's figures and recent changes, and batches of changes.
//
// openapi.yaml is the contract. The routes and the ServerInterface in api.gen.go are
// generated from it; request bodies are checked against it; tests check every
// response against it.
package o2imsv2

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml
