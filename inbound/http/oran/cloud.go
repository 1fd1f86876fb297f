package oran

import (
	"net/http"
	"net/url"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/ocloud"
)

// Cloud is the O-Cloud as one request sees it.
type Cloud struct {
	ocloud.Info
	// ServiceURI is never "".
	ServiceURI string
}

// cloudOf describes the O-Cloud to who sent r. Where nothing says where its services
// are, they are where the request was sent to.
func cloudOf(info ocloud.Info, externalURL string, r *http.Request) *Cloud {
	c := &Cloud{Info: info, ServiceURI: info.ServiceURI}
	if c.ServiceURI != "" {
		return c
	}
	if u, err := url.Parse(externalURL); err == nil && u.Host != "" {
		c.ServiceURI = u.Scheme + "://" + u.Host
		return c
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	c.ServiceURI = scheme + "://" + r.Host
	return c
}

// Clouds is the data type of the O-Cloud's description. globalID is how the version
// spells that attribute; extensionsMandatory says whether extensions are in every
// answer unless a selector leaves them out.
func Clouds(globalID string, extensionsMandatory bool) reading.Collection[*Cloud] {
	extensions := nouns.Object("extensions", func(c *Cloud) o2.JSON { return c.Extensions })
	extensions.OmittedByDefault = !extensionsMandatory
	return reading.Collection[*Cloud]{
		Schema: query.NewSchema("OCloudInfo",
			nouns.Reference("oCloudId", query.NoIndex, true, func(c *Cloud) o2.ID { return c.ID }),
			nouns.Reference(globalID, query.NoIndex, true, func(c *Cloud) o2.ID { return c.GlobalID }),
			nouns.Mandatory("name", func(c *Cloud) string { return c.Name }),
			nouns.Mandatory("description", func(c *Cloud) string { return c.Description }),
			nouns.Mandatory("serviceUri", func(c *Cloud) string { return c.ServiceURI }),
			extensions,
		),
		Key: func(c *Cloud) string { return string(c.ID) },
		Append: func(b []byte, c *Cloud) []byte {
			b = jsontext.Append(append(b, `{"oCloudId":`...), string(c.ID))
			b = jsontext.Append(append(b, `,"`+globalID+`":`...), string(c.GlobalID))
			b = jsontext.Append(append(b, `,"name":`...), c.Name)
			b = jsontext.Append(append(b, `,"description":`...), c.Description)
			b = jsontext.Append(append(b, `,"serviceUri":`...), c.ServiceURI)
			b = nouns.AppendObject(append(b, `,"extensions":`...), c.Extensions)
			return append(b, '}')
		},
	}
}
