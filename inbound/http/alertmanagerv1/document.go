package alertmanagerv1

import _ "embed"

//go:embed openapi.yaml
var document []byte

// Document returns the OpenAPI document, in YAML; not to be changed.
func Document() []byte { return document }
