// Package kube uses kube-apiserver for what netweave can keep there: who leads
// (ports/election, as a Lease) and subscriptions (ports/subscriptionstore, as
// custom resources of netweave.io/v1alpha1).
//
// The custom resources' definition and the least Role are in deploy/kubernetes.
// Errors are those of ports/store and ports/subscriptionstore.
package kube
