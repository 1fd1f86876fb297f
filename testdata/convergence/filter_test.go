//go:build integration

package convergence

import (
	"context"
	"fmt"
	"strings"

	"github.com/netweave/netweave/testdata/convergence/smo"
)

// collections are where objects of each type are listed, and what their ids are
// called.
var collections = map[string]struct{ path, id string }{
	"DeploymentManager": {"/o2ims/v1/deploymentManagers", "deploymentManagerId"},
	"ResourcePool":      {"/o2ims/v1/resourcePools", "resourcePoolId"},
	"Resource":          {"/o2ims/v1/resources", "resourceId"},
	"ResourceType":      {"/o2ims/v1/resourceTypes", "resourceTypeId"},
}

// filter is a subscription's, and what it comes to.
type filter struct {
	// text is the subscription's.
	text string
	// lists is the same for a list of each type that it can select.
	lists map[string]string
	// node says whether it selects a Node of the workload; nil if none.
	node func(n nodeFacts) bool
}

var everything = filter{
	lists: map[string]string{"DeploymentManager": "", "ResourcePool": "", "Resource": "", "ResourceType": ""},
	node:  func(nodeFacts) bool { return true },
}

// filters are those that subscribers take and change among. Objects enter and
// leave them as the workload changes descriptions, zones and scheduling. pool is
// the id of the pool of the Nodes in zone.
func filters(zone, pool string) []filter {
	both := func(text string) map[string]string {
		return map[string]string{"DeploymentManager": text, "ResourcePool": text, "Resource": text, "ResourceType": text}
	}
	return []filter{
		everything,
		{"(eq,objectType,Resource)", map[string]string{"Resource": ""}, func(nodeFacts) bool { return true }},
		{"(eq,objectType,ResourcePool)", map[string]string{"ResourcePool": ""}, func(nodeFacts) bool { return false }},
		{
			"(eq,resourcePoolId," + pool + ")",
			map[string]string{"ResourcePool": "(eq,resourcePoolId," + pool + ")", "Resource": "(eq,resourcePoolId," + pool + ")"},
			func(n nodeFacts) bool { return n.zone == zone },
		},
		{"(eq,description,red)", both("(eq,description,red)"), func(n nodeFacts) bool { return n.description == "red" }},
		{
			"(in,description,red,blue);(eq,objectType,Resource)",
			map[string]string{"Resource": "(in,description,red,blue)"},
			func(n nodeFacts) bool { return n.description == "red" || n.description == "blue" },
		},
		{
			"(eq,extensions/k8s.unschedulable,true)", both("(eq,extensions/k8s.unschedulable,true)"),
			func(n nodeFacts) bool { return n.unschedulable },
		},
		{"(cont,name,-1)", both("(cont,name,-1)"), func(n nodeFacts) bool { return strings.Contains(n.name, "-1") }},
		{"(neq,description,green);(eq,objectType,Resource)", map[string]string{"Resource": "(neq,description,green)"}, func(n nodeFacts) bool { return n.description != "green" }},
	}
}

// listed returns what one gateway lists under a filter, as a copy would hold it.
func (w *world) listed(ctx context.Context, gateway int, f filter) (map[smo.Key]string, error) {
	objects := map[smo.Key]string{}
	for kind, text := range f.lists {
		items, err := w.client.ListAt(ctx, gateway, collections[kind].path, text)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			id, _ := item[collections[kind].id].(string)
			key := smo.Key{Type: kind, ID: id}
			if _, twice := objects[key]; twice || id == "" {
				return nil, fmt.Errorf("%s is listed twice, or without an id", key)
			}
			if objects[key], err = smo.Canonical(item); err != nil {
				return nil, err
			}
		}
	}
	return objects, nil
}
