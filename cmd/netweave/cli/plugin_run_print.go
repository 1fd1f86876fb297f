package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/netweave/netweave/sdk"
)

// view is an object as JSON shows it: O2-IMS's names, the plugin's own ids.
type view struct {
	Kind        sdk.Kind       `json:"kind"`
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Tenant      string         `json:"tenantId,omitempty"`
	Revision    uint64         `json:"revision,omitempty"`
	Extensions  map[string]any `json:"extensions,omitempty"`
	Volatile    map[string]any `json:"volatile,omitempty"`

	OCloudID           string         `json:"oCloudId,omitempty"`
	ServiceURI         string         `json:"serviceUri,omitempty"`
	SupportedLocations []string       `json:"supportedLocations,omitempty"`
	Capabilities       map[string]any `json:"capabilities,omitempty"`
	Capacity           map[string]any `json:"capacity,omitempty"`

	Location         string    `json:"location,omitempty"`
	GlobalLocationID string    `json:"globalLocationId,omitempty"`
	Site             any       `json:"site,omitempty"`
	CreatedAt        time.Time `json:"createdAt,omitzero"`
	UpdatedAt        time.Time `json:"updatedAt,omitzero"`
	Health           any       `json:"health,omitempty"`
	Metrics          any       `json:"metrics,omitempty"`

	ResourceTypeID string   `json:"resourceTypeId,omitempty"`
	ResourcePoolID string   `json:"resourcePoolId,omitempty"`
	ParentID       string   `json:"parentId,omitempty"`
	GlobalAssetID  string   `json:"globalAssetId,omitempty"`
	Tags           []string `json:"tags,omitempty"`

	Vendor        string            `json:"vendor,omitempty"`
	Model         string            `json:"model,omitempty"`
	Version       string            `json:"version,omitempty"`
	ResourceKind  sdk.ResourceKind  `json:"resourceKind,omitempty"`
	ResourceClass sdk.ResourceClass `json:"resourceClass,omitempty"`

	AlarmDictionaryVersion string `json:"alarmDictionaryVersion,omitempty"`
	Alarms                 []any  `json:"alarmDefinition,omitempty"`
}

func viewOf(o sdk.Object) view {
	m := o.Common()
	v := view{
		Kind: o.ObjectKind(), ID: m.ID, Name: m.Name, Description: m.Description, Tenant: m.Tenant,
		Revision: m.Revision, Extensions: m.Extensions, Volatile: m.Volatile,
	}
	switch o := o.(type) {
	case *sdk.DeploymentManager:
		v.OCloudID, v.ServiceURI, v.SupportedLocations = o.OCloudID, o.ServiceURI, o.SupportedLocations
		v.Capabilities, v.Capacity = o.Capabilities, o.Capacity
	case *sdk.ResourcePool:
		v.OCloudID, v.Location, v.GlobalLocationID = o.OCloudID, o.Location, o.GlobalLocationID
		fillPool(&v, o)
	case *sdk.Resource:
		v.ResourceTypeID, v.ResourcePoolID, v.ParentID = o.ResourceTypeID, o.ResourcePoolID, o.ParentID
		v.GlobalAssetID, v.Tags = o.GlobalAssetID, o.Tags
	case *sdk.ResourceType:
		v.Vendor, v.Model, v.Version = o.Vendor, o.Model, o.Version
		v.ResourceKind, v.ResourceClass = o.ResourceKind, o.ResourceClass
		v.AlarmDictionaryVersion, v.Alarms = o.AlarmDictionaryVersion, definitionViews(o.Alarms)
	}
	return v
}

func views(objects []sdk.Object) []view {
	all := make([]view, 0, len(objects))
	for _, o := range objects {
		all = append(all, viewOf(o))
	}
	return all
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printObjects prints one table of objects, of any kind.
func printObjects(out io.Writer, objects []sdk.Object) error {
	if len(objects) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tPARENT\tTYPE\tTENANT\tLOCATION")
	for _, o := range objects {
		fmt.Fprintln(t, strings.Join(rowOf(viewOf(o)), "\t"))
	}
	return t.Flush()
}

func rowOf(v view) []string {
	kind := v.ResourceTypeID
	if v.Kind == sdk.KindResourceType {
		kind = string(v.ResourceKind) + " " + string(v.ResourceClass)
	}
	row := []string{
		v.ID, v.Name, cmp.Or(v.ParentID, v.ResourcePoolID), strings.TrimSpace(kind), v.Tenant,
		cmp.Or(v.Location, strings.Join(v.SupportedLocations, ",")),
	}
	for i, cell := range row {
		row[i] = cmp.Or(oneLine(cell), "-")
	}
	return row
}

// oneLine keeps what a plugin says from drawing on the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}

// printDetails prints what the table has no column for.
func printDetails(out io.Writer, v view) error {
	for _, part := range []struct {
		name  string
		value map[string]any
	}{
		{"extensions", v.Extensions}, {"volatile", v.Volatile}, {"capabilities", v.Capabilities}, {"capacity", v.Capacity},
	} {
		if len(part.value) == 0 {
			continue
		}
		text, err := json.MarshalIndent(part.value, "", "  ")
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s %s\n", part.name, text); err != nil {
			return err
		}
	}
	return nil
}
