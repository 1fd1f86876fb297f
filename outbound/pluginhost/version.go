package pluginhost

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/netweave/netweave/sdk/wire"
)

// otherVersion is how go-plugin says that a plugin and this host have no version
// of the wire in common.
var otherVersion = regexp.MustCompile(`incompatible API version with plugin\. Plugin version: (\d+), `)

// apart says so in words for whoever is to mend it; any other error is returned
// as it is. It is no crash: the same file will never do.
func apart(err error) error {
	found := otherVersion.FindStringSubmatch(err.Error())
	if found == nil {
		return err
	}
	var ours []string
	for _, v := range slices.Sorted(maps.Keys(wire.VersionedPlugins())) {
		ours = append(ours, fmt.Sprint(v))
	}
	return &startFailure{refused: true, err: errors.New(
		"the plugin speaks version " + found[1] + " of the wire and this netweave " + strings.Join(ours, ", ") +
			": install a build of the plugin, or a netweave, that has a version in common with the other")}
}
