// Package oran has what the O-RAN families, above all the versions of the inventory,
// have in common: how
// the nouns that no version changed are shown, the O-Cloud's own description, alarm
// dictionaries, subscriptions and notifications.
//
// Attributes are spelled as the standard spells them. Mandatory ones are in every
// answer: a text that a backend leaves open is "", a list is [] and an object {}.
// An oCloudId that is not a UUID is shown as the one that o2.OCloudID makes of it, and
// one that a backend leaves open as the O-Cloud's own.
package oran
