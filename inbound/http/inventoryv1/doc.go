// Package inventoryv1 serves /o2ims-infrastructureInventory/v1: the O-RAN inventory
// in the shape of release R003, for SMOs that know no other. Family is how the core
// reads its subscriptions' filters and writes its notifications.
//
// openapi.yaml is the contract. The routes, the ServerInterface and the types in
// api.gen.go are generated from it; request bodies are checked against it; tests
// check every response against it.
package inventoryv1

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml
