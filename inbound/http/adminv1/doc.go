// Package adminv1 serves /admin/v1: what those need who run a gateway or look
// after tenants and subscriptions. That is tenants with their users, roles and
// quotas, the audit log, the dead letters of subscriptions of every API family,
// and the configuration in force. What a caller may not see is answered as what is not there.
//
// openapi.yaml is the contract; the routes, the ServerInterface and the types in
// api.gen.go are generated from it, and tests check every response against it.
package adminv1

import _ "embed"

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml

//go:embed openapi.yaml
var document []byte

// Document returns the OpenAPI document, in YAML; not to be changed.
func Document() []byte { return document }
