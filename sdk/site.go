package sdk

// Site is a place that an operator keeps infrastructure in, such as a data centre
// or one hall of it (O2-IMS OCloudSiteInfo).
type Site struct {
	// ID is the backend's own id of the site: stable, at most 1024 bytes. Mandatory.
	ID string
	// Name and Description are for people.
	Name, Description string
	// Location is where it is.
	Location Location
}

// Location is where a site is (O2-IMS LocationInfo). Sites of one place have the
// same: what is told of a GlobalID is the same everywhere.
type Location struct {
	// GlobalID is the globalLocationId, at most 1024 bytes. Mandatory.
	GlobalID string
	// Name and Description are for people.
	Name, Description string
	// Address is a postal address in one text, "" for none.
	Address string
	// Coordinate is nil for none.
	Coordinate *Coordinate
	// CivicAddress is in the terms of RFC 4776, nil for none.
	CivicAddress []CivicElement
	// Extensions is whatever else there is to say, as Meta.Extensions.
	Extensions map[string]any
}

// Coordinate is a point of WGS 84.
type Coordinate struct {
	// Longitude is from -180 to 180 degrees, east being positive; Latitude from
	// -90 to 90, north being positive.
	Longitude, Latitude float64
	// Altitude is in metres, nil where it is not known.
	Altitude *float64
}

// CivicElement is one element of a civic address (RFC 4776, 3.3).
type CivicElement struct {
	// Type is the CAtype: 0 the language, 1 the state, 3 the city, 6 the street ...
	Type  uint8
	Value string
}
