package backend

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// poolCopy is what a copied pool gets of its own.
type poolCopy struct {
	kind            inventory.PartKind
	namespace, name string
	// title is the name for people, "" where name is it.
	title, description, tenant, tags string
	replicas                         int64
	// instanceType and zone are "" where the template's stay.
	instanceType, zone string
}

// keptAnnotations describe a pool's machines to the cluster autoscaler; the rest
// of a template's annotations are its own.
var keptAnnotations = []string{"machine.openshift.io/vCPU", "machine.openshift.io/memoryMb", "machine.openshift.io/GPU", "capacity.cluster-autoscaler.kubernetes.io/"}

// keptLabels say which cluster a pool belongs to.
var keptLabels = []string{"machine.openshift.io/cluster-api-cluster", "cluster.x-k8s.io/cluster-name"}

// copyPool makes a new MachineSet or MachineDeployment of an existing one.
func copyPool(from *unstructured.Unstructured, c poolCopy) (*unstructured.Unstructured, error) {
	to := &unstructured.Unstructured{Object: map[string]any{}}
	to.SetAPIVersion(from.GetAPIVersion())
	to.SetKind(from.GetKind())
	to.SetNamespace(c.namespace)
	to.SetName(c.name)
	spec, _, err := unstructured.NestedMap(from.Object, "spec")
	if err != nil || spec == nil {
		return nil, sdk.Errorf(sdk.Invalid, "extensions.template: %s %s has no spec to copy", from.GetKind(), from.GetName())
	}
	to.Object["spec"] = spec
	spec["replicas"] = c.replicas

	annotations := map[string]string{}
	for key, value := range from.GetAnnotations() {
		if slices.ContainsFunc(keptAnnotations, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			annotations[key] = value
		}
	}
	annotate(annotations, c.title, c.description)
	setOrDelete(annotations, inventory.TagsAnnotation, c.tags)
	if len(annotations) > 0 {
		to.SetAnnotations(annotations)
	}

	labels := map[string]string{}
	for _, key := range keptLabels {
		if value, ok := from.GetLabels()[key]; ok {
			labels[key] = value
		}
	}
	own := selectorLabels(spec, c.kind, from.GetName(), c.name)
	templateLabels := stringMap(spec, "template", "metadata", "labels")
	maps.DeleteFunc(templateLabels, func(key, _ string) bool {
		return key == inventory.PoolLabel || key == inventory.TenantLabel || strings.HasPrefix(key, "topology.cluster.x-k8s.io/")
	})
	maps.Copy(templateLabels, own)
	if c.tenant != "" {
		labels[inventory.TenantLabel], templateLabels[inventory.TenantLabel] = c.tenant, c.tenant
	}
	if len(labels) > 0 {
		to.SetLabels(labels)
	}
	if err := unstructured.SetNestedStringMap(to.Object, own, "spec", "selector", "matchLabels"); err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "extensions.template: %w", err)
	}
	if err := unstructured.SetNestedStringMap(to.Object, templateLabels, "spec", "template", "metadata", "labels"); err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "extensions.template: %w", err)
	}
	if err := setFlavour(to, c); err != nil {
		return nil, err
	}
	return to, setZone(to, c)
}

// selectorLabels are the labels by which the copy finds its machines: those of
// the template, with its name replaced, and the API's own.
func selectorLabels(spec map[string]any, kind inventory.PartKind, oldName, newName string) map[string]string {
	labels := stringMap(spec, "selector", "matchLabels")
	for key, value := range labels {
		if value == oldName {
			labels[key] = newName
		}
	}
	if kind == inventory.PartMachineSet {
		labels[inventory.MachineSetLabel] = newName
	} else {
		labels[inventory.DeploymentLabel] = newName
	}
	return labels
}

func setFlavour(to *unstructured.Unstructured, c poolCopy) error {
	if c.instanceType == "" {
		return nil
	}
	if c.kind == inventory.PartMachineSet {
		provider := []string{"spec", "template", "spec", "providerSpec", "value"}
		for _, key := range inventory.FlavourKeys {
			path := append(slices.Clone(provider), key)
			if _, ok, err := unstructured.NestedString(to.Object, path...); ok && err == nil {
				return unstructured.SetNestedField(to.Object, c.instanceType, path...)
			}
		}
	}
	current := stringMap(to.Object, "spec", "template", "metadata", "labels")["node.kubernetes.io/instance-type"]
	if current == c.instanceType {
		return nil
	}
	return sdk.Errorf(sdk.Invalid, "extensions.instanceType cannot be chosen: the template's infrastructure fixes it; choose a template of that type")
}

func setZone(to *unstructured.Unstructured, c poolCopy) error {
	if c.zone == "" {
		return nil
	}
	if c.kind == inventory.PartMachineDeployment {
		return unstructured.SetNestedField(to.Object, c.zone, "spec", "template", "spec", "failureDomain")
	}
	set := false
	for _, path := range [][]string{{"placement", "availabilityZone"}, {"zone"}, {"availabilityZone"}, {"failureDomain"}} {
		full := append([]string{"spec", "template", "spec", "providerSpec", "value"}, path...)
		if _, ok, err := unstructured.NestedString(to.Object, full...); !ok || err != nil {
			continue
		}
		if err := unstructured.SetNestedField(to.Object, c.zone, full...); err != nil {
			return err
		}
		set = true
	}
	if !set {
		return sdk.Errorf(sdk.Invalid, "location cannot be chosen: the template says nothing of a zone; choose a template in %s", c.zone)
	}
	return nil
}

func annotate(annotations map[string]string, title, description string) {
	setOrDelete(annotations, inventory.NameAnnotation, title)
	setOrDelete(annotations, inventory.DescriptionAnnotation, description)
}

// tagsText is how tags are annotated; none may hold the comma that parts them.
func tagsText(tags []string) (string, error) {
	for _, tag := range tags {
		if strings.TrimSpace(tag) != tag || tag == "" || strings.Contains(tag, ",") {
			return "", sdk.Errorf(sdk.Invalid, "tags: %q cannot be kept: a tag has no comma, and no space at its ends", tag)
		}
	}
	return strings.Join(tags, ","), nil
}

func setOrDelete(m map[string]string, key, value string) {
	if value == "" {
		delete(m, key)
		return
	}
	m[key] = value
}

// stringMap returns a copy of the map at path, empty if there is none.
func stringMap(in map[string]any, path ...string) map[string]string {
	m, ok, err := unstructured.NestedStringMap(in, path...)
	if !ok || err != nil {
		return map[string]string{}
	}
	return m
}

// maxName leaves room for what controllers append to names, within the 63
// characters of a label.
const maxName = 48

// objectName makes a Kubernetes name of a name for people. A name that had to be
// changed gets a hash, so that two names never become one, and is returned as
// the title too.
func objectName(name string) (object, title string, err error) {
	if len(name) <= maxName && len(validation.IsDNS1123Label(name)) == 0 {
		return name, "", nil
	}
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return "", "", sdk.Errorf(sdk.Invalid, "name: %q has no letter a to z and no digit to make a Kubernetes name of", name)
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:3])
	base := strings.Trim(b.String(), "-")
	if limit := maxName - len(hash) - 1; len(base) > limit {
		base = strings.TrimRight(base[:limit], "-")
	}
	return base + "-" + hash, name, nil
}
