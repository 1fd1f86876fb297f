// Package lab runs what the convergence test tries to break: gateways and
// controllers from built binaries with their plugins, a kube-apiserver, Redis
// with Sentinels, and the ways to break them: signals, connections that hold
// everything up, network namespaces whose links go down.
package lab
