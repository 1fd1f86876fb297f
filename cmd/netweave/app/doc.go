// Package app is the composition root: it makes the parts out of a
// configuration, plugs services into driving ports and adapters into driven
// ones, runs them, and takes them down in order.
package app
