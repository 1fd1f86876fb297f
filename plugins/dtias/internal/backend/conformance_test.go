package backend

import (
	"iter"
	"testing"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"as it comes":   func(*config.Config) {},
		"with sites":    func(c *config.Config) { c.SiteIDs = []string{"site-ams", "site-ham"} },
		"with one site": func(c *config.Config) { c.SiteIDs = []string{"site-ams"} },
		"many pages":    func(c *config.Config) { c.PageSize = 7 },
		"one at a time": func(c *config.Config) { c.Concurrency = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			sdktest.Run(t, func(t testing.TB) sdk.Backend {
				l := newLab(t)
				cfg := l.config()
				change(&cfg)
				return l.open(t, cfg)
			}, sdktest.Options{})
		})
	}
}

// idsOf gives the ids of a list, or its error.
func idsOf[T sdk.Object](items iter.Seq2[T, error]) ([]string, error) {
	var ids []string
	for item, err := range items {
		if err != nil {
			return ids, err
		}
		ids = append(ids, item.Common().ID)
	}
	return ids, nil
}
