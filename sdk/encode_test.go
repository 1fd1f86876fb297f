package sdk

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestEncodeReturnedRefuses(t *testing.T) {
	good := Meta{ID: "a", Name: "n"}
	var nilPool *ResourcePool
	for name, tc := range map[string]struct {
		object Object
		want   string
	}{
		"nil":       {nil, "the object is nil: return an object, or an error with code NotFound"},
		"typed nil": {nilPool, "the object is nil: return an object, or an error with code NotFound"},
		"no id": {
			&ResourcePool{Meta: Meta{Name: "n"}},
			`ResourcePool named "n" has no ID: set it to the backend's own, stable id`,
		},
		"nothing at all": {
			&ResourcePool{},
			"a ResourcePool has no ID: set it to the backend's own, stable id",
		},
		"no name": {
			&DeploymentManager{Meta: Meta{ID: "a"}},
			`DeploymentManager "a" has no Name: use its ID where the backend has no names`,
		},
		"no type": {
			&Resource{Meta: good},
			`Resource "a" has no ResourceTypeID: every resource has a type, which ListResourceTypes lists`,
		},
		"long id": {
			&ResourcePool{Meta: Meta{ID: strings.Repeat("x", 1025), Name: "n"}},
			`ResourcePool "` + strings.Repeat("x", 1025) + `": ID is 1025 bytes long: at most 1024 are allowed`,
		},
		"name in Latin-1": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "K\xf6ln"}},
			`ResourcePool "a": Name is not UTF-8 ("K\xf6ln"): convert it`,
		},
		"tag in Latin-1": {
			&Resource{Meta: good, ResourceTypeID: "t", Tags: []string{"ok", "\xff"}},
			`Resource "a": Tags is not UTF-8 ("\xff"): convert it`,
		},
		"location in Latin-1": {
			&DeploymentManager{Meta: good, SupportedLocations: []string{"\xff"}},
			`DeploymentManager "a": SupportedLocations is not UTF-8 ("\xff"): convert it`,
		},
		"vendor in Latin-1": {
			&ResourceType{Meta: good, Vendor: "\xff"},
			`ResourceType "a": Vendor is not UTF-8 ("\xff"): convert it`,
		},
		"odd kind": {
			&ResourceType{Meta: good, ResourceKind: "VIRTUAL"},
			`ResourceType "a": ResourceKind is "VIRTUAL": it must be UNDEFINED, PHYSICAL or LOGICAL`,
		},
		"odd class": {
			&ResourceType{Meta: good, ResourceClass: "compute"},
			`ResourceType "a": ResourceClass is "compute": it must be UNDEFINED, COMPUTE, NETWORKING or STORAGE`,
		},
		"unencodable extension": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "n", Extensions: map[string]any{"c": make(chan int)}}},
			`ResourcePool "a": Extensions["c"] cannot be sent as JSON: json: unsupported type: chan int`,
		},
		"unencodable volatile": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "n", Volatile: map[string]any{"c": math.Inf(1)}}},
			`ResourcePool "a": Volatile["c"] cannot be sent as JSON: json: unsupported value: +Inf`,
		},
		"unencodable capacity": {
			&DeploymentManager{Meta: good, Capacity: map[string]any{"c": func() {}}},
			`DeploymentManager "a": Capacity["c"] cannot be sent as JSON: json: unsupported type: func()`,
		},
		"too large": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "n", Extensions: map[string]any{"x": strings.Repeat("x", 8<<20)}}},
			`ResourcePool "a": it is 8388629 bytes long and at most 8388608 can be sent: put less into Extensions and Volatile`,
		},
		"own type": {ownNoun{}, "sdk.ownNoun is none of the nouns that can be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := encodeReturned(tc.object)
			if !strings.HasSuffix(fmt.Sprint(err), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

type ownNoun struct{}

func (ownNoun) ObjectKind() Kind { return "Own" }
func (ownNoun) Common() *Meta    { return &Meta{ID: "a", Name: "n"} }
