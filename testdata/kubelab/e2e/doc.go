// Package e2e drives the built gateway and its kubernetes plugin against a real
// control plane, as an SMO does through the API and an administrator through
// kubectl. It has tests alone; `task test` builds what they run.
package e2e
