package inventoryv2

import (
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/ocloud"
)

// locations are locations as this API shows them.
var locations = reading.Collection[*location]{
	Schema: query.NewSchema("Location",
		nouns.Mandatory("globalLocationId", func(l *location) string { return l.GlobalID }),
		nouns.Mandatory("name", func(l *location) string { return l.Name }),
		nouns.Mandatory("description", func(l *location) string { return l.Description }),
		nouns.Object("coordinate", func(l *location) o2.JSON { return o2.JSON(appendCoordinate(nil, l.Coordinate)) }),
		nouns.Object("civicAddress", func(l *location) o2.JSON { return o2.JSON(appendCivicAddress(nil, l.CivicAddress)) }),
		nouns.Optional("address", func(l *location) string { return l.Address }),
		nouns.Texts("oCloudSiteIds", func(l *location) []string { return textsOf(l.Sites) }),
		nouns.Object("extensions", func(l *location) o2.JSON { return l.Extensions }),
	),
	Key:    func(l *location) string { return l.key },
	Append: appendLocation,
}

// sites are O-Cloud sites as this API shows them.
var sites = reading.Collection[*ocloud.Site]{
	Schema: query.NewSchema("OCloudSite",
		nouns.Reference("oCloudSiteId", query.NoIndex, true, func(s *ocloud.Site) o2.ID { return s.ID }),
		nouns.Mandatory("globalLocationId", func(s *ocloud.Site) string { return s.GlobalLocationID }),
		nouns.Mandatory("name", func(s *ocloud.Site) string { return s.Name }),
		nouns.Mandatory("description", func(s *ocloud.Site) string { return s.Description }),
		nouns.Texts("resourcePools", func(s *ocloud.Site) []string { return textsOf(s.Pools) }),
		nouns.Object("extensions", func(s *ocloud.Site) o2.JSON { return s.Extensions }),
	),
	Key:    func(s *ocloud.Site) string { return string(s.ID) },
	Append: appendSite,
}

// appendLocation appends a location. Of coordinate, civicAddress and address it has
// those that are known, which is one at least.
func appendLocation(b []byte, l *location) []byte {
	b = jsontext.Append(append(b, `{"globalLocationId":`...), l.GlobalID)
	b = jsontext.Append(append(b, `,"name":`...), l.Name)
	b = jsontext.Append(append(b, `,"description":`...), l.Description)
	if l.Coordinate != nil {
		b = appendCoordinate(append(b, `,"coordinate":`...), l.Coordinate)
	}
	if len(l.CivicAddress) > 0 {
		b = appendCivicAddress(append(b, `,"civicAddress":`...), l.CivicAddress)
	}
	b = nouns.AppendOptional(b, `,"address":`, l.Address)
	b = nouns.AppendTexts(append(b, `,"oCloudSiteIds":`...), textsOf(l.Sites))
	b = nouns.AppendObject(append(b, `,"extensions":`...), l.Extensions)
	return append(b, '}')
}

// appendCoordinate appends a point of GeoJSON, or nothing.
func appendCoordinate(b []byte, c *o2.Coordinate) []byte {
	if c == nil {
		return b
	}
	b = append(b, `{"type":"Point","coordinates":[`...)
	b = strconv.AppendFloat(b, c.Longitude, 'f', -1, 64)
	b = strconv.AppendFloat(append(b, ','), c.Latitude, 'f', -1, 64)
	if c.Altitude != nil {
		b = strconv.AppendFloat(append(b, ','), *c.Altitude, 'f', -1, 64)
	}
	return append(b, ']', '}')
}

func appendCivicAddress(b []byte, list []o2.CivicElement) []byte {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(append(b, `{"caType":`...), uint64(e.Type), 10)
		b = append(jsontext.Append(append(b, `,"caValue":`...), e.Value), '}')
	}
	return append(b, ']')
}

func appendSite(b []byte, s *ocloud.Site) []byte {
	b = jsontext.Append(append(b, `{"oCloudSiteId":`...), string(s.ID))
	b = jsontext.Append(append(b, `,"globalLocationId":`...), s.GlobalLocationID)
	b = jsontext.Append(append(b, `,"name":`...), s.Name)
	b = jsontext.Append(append(b, `,"description":`...), s.Description)
	b = nouns.AppendTexts(append(b, `,"resourcePools":`...), textsOf(s.Pools))
	b = nouns.AppendObject(append(b, `,"extensions":`...), s.Extensions)
	return append(b, '}')
}

func textsOf(ids []o2.ID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}
