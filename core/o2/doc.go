// Package o2 holds the nouns of O-RAN O2-IMS as netweave keeps them: one form
// for every API family, slim enough to hold a hundred thousand of them.
//
// An object is built by an adapter, completed by Seal, and from then on never
// changed: views, encoders and readers share it without locks. A change is a
// new object.
//
// Field names follow O-RAN.WG6.O2IMS-INTERFACE; Go names follow Go. The package
// needs the standard library alone. Its validation errors are *FieldError and
// name the attribute as the API spells it.
package o2
