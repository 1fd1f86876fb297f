// Package config reads netweave's configuration: one YAML document and the
// environment become one typed, validated struct, which nobody changes
// afterwards. It is the only place that reads the configuration's file or
// variables.
//
// Where a value comes from, strongest first: the variable NETWEAVE_<KEY> (the
// key in upper case, every other character than letters and digits turned into
// "_", so server.tls.certFile is NETWEAVE_SERVER_TLS_CERTFILE and
// adapters[0].enabled is NETWEAVE_ADAPTERS_0_ENABLED; empty counts as unset),
// the document, the default. Texts in the document may hold ${VARIABLE};
// "$${" stands for a literal "${".
//
// [Load] returns *Invalid with every problem at once, each with its key, its
// line and what would be right. No problem quotes a value that came from
// ${VARIABLE} or from an adapter's own configuration, so none leaks a secret.
package config
