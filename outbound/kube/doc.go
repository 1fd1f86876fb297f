// Package kube uses kube-apiserver for what netweave can keep there: who leads
// (ports/election, as a Lease), subscriptions (ports/subscriptionstore), and
// tenants with their users, roles and bindings (ports/tenancystore), both as
// custom resources of netweave.io/v1alpha1.
//
// The custom resources' definitions and the least Role are in deploy/kubernetes.
// Errors are those of ports/store, ports/subscriptionstore and ports/tenancystore.
package kube
