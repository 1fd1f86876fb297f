// Package ocloud says what the O-Cloud is and where its pools stand.
//
// Who it is, and what is known of its locations and sites, is configured. A pool
// stands at one site: the one that its backend tells of; else the configured site
// that names it, by its id or its name; else the configured site that takes all
// pools of the pool's place; else one made for that place. The place of a pool is
// its globalLocationId, or its location, or its O-Cloud. What a backend tells of a
// site or location is completed by what is configured under the same id, field by
// field.
//
// Nothing of this is stored. It is drawn from the pools that a caller sees, and the
// drawing is kept for as long as these pools are the same. So nobody can see, in a
// site, a location or a count, anything of a pool that is another's; what is
// configured of locations is for all who may list pools.
package ocloud
