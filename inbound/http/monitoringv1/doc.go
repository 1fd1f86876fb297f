// Package monitoringv1 serves /o2ims-infrastructureMonitoring/v1, the alarms of
// O-RAN.WG6.O2IMS-INTERFACE: alarm event records, the alarm service's
// configuration, alarm subscriptions and probable causes. Family is how the core
// reads its subscriptions' filters and writes its notifications.
//
// openapi.yaml is the contract. The routes, the ServerInterface and the types in
// api.gen.go are generated from it; request bodies are checked against it; tests
// check every response against it.
package monitoringv1

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml
