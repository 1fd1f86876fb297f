// Package alertmanagerv1 serves /alertmanager/v1, where Prometheus Alertmanager sends
// alerts (webhook_config): a firing alert raises an alarm, a resolved one clears it.
// What an alert's labels mean is each Receiver's, which can be changed while the
// gateway runs.
//
// Alertmanager sends again at once what was answered by a 5xx, and keeps the whole
// group for its next interval after a 4xx. So what may be taken later is a 5xx, what
// is no notification at all a 4xx, and an alert that can never be taken, because its
// resource is unknown, say, is told in a 200, counted and logged: it must not keep
// the others from being taken.
//
// openapi.yaml is the contract.
package alertmanagerv1

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml
