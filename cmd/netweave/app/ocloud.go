package app

import (
	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/ocloud"
	ports "github.com/netweave/netweave/ports/ocloud"
)

// newAtlas makes what tells where pools stand.
func newAtlas(c config.OCloud) *ocloud.Atlas {
	id, global := c.Identity()
	oc := ocloud.Config{
		Info: ports.Info{
			ID: id, GlobalID: global, Name: c.Name, Description: c.Description, ServiceURI: c.ServiceURI, Extensions: c.Extensions,
		},
		Text: c.ID, Locations: c.Locations,
	}
	for _, s := range c.Sites {
		oc.Sites = append(oc.Sites, ocloud.Site{
			ID: s.UUID, GlobalLocationID: s.GlobalLocationID, Name: s.Name, Description: s.Description,
			Extensions: s.Extensions, Pools: s.Pools,
		})
	}
	return ocloud.NewAtlas(oc)
}
