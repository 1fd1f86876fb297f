package backend

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/netweave/netweave/sdk"
)

// TestTagsOfANewInstance come from the caller, then from the group. AWS's own
// nobody else may set.
func TestTagsOfANewInstance(t *testing.T) {
	group := asgtypes.AutoScalingGroup{Tags: []asgtypes.TagDescription{
		groupTagged("team", "ran"), groupTagged("Name", "worker"), groupTagged("aws:cloudformation:stack-name", "lab"),
		{Key: aws.String("o2ims.oran.org/description"), Value: aws.String("the group's")},
	}}
	got, err := resourceTags(&sdk.Resource{
		Meta: sdk.Meta{Name: "du-1", Tenant: "north", Extensions: map[string]any{"slot": 4, "type": "cloud"}}, Tags: []string{"a", "b"},
	}, group)
	want := map[string]string{
		"Name": "du-1", "o2ims.oran.org/tenant": "north", "o2ims.oran.org/tags": "a,b", "o2ims.oran.org/extensions": `{"slot":4}`, "team": "ran",
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	for name, c := range map[string]struct {
		resource sdk.Resource
		want     string
	}{
		"a comma":       {sdk.Resource{Tags: []string{"a,b"}}, `tags[0] is "a,b": tags must have no comma`},
		"what AWS says": {sdk.Resource{Meta: sdk.Meta{Extensions: map[string]any{"aws.state": "x"}}}, `extensions.aws.state cannot be set: keys that start with "aws." are what AWS reports`},
		"another type":  {sdk.Resource{Meta: sdk.Meta{Extensions: map[string]any{"type": "bare-metal"}}}, `extensions.type is bare-metal: leave it out or set it to "cloud"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := resourceTags(&c.resource, group); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
