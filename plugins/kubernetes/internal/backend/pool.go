package backend

import (
	"context"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kube"
	"github.com/netweave/netweave/sdk"
)

// CreateResourcePool makes a MachineSet or MachineDeployment of a template. The
// plugin's README has the extensions that it takes.
func (b *Backend) CreateResourcePool(ctx context.Context, pool *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	if err := b.readable(ctx, sdk.KindResourcePool); err != nil {
		return nil, err
	}
	request, err := parsePoolRequest(pool.Extensions, b.cfg.Templates)
	if err != nil {
		return nil, err
	}
	if err := b.checkPlace(pool); err != nil {
		return nil, err
	}
	copied := poolCopy{description: pool.Description, tenant: pool.Tenant}
	if copied.name, copied.title, err = objectName(firstText(request.objectName, pool.Name)); err != nil {
		return nil, err
	}
	if request.objectName != "" {
		if copied.title != "" {
			return nil, sdk.Errorf(sdk.Invalid, "extensions: %q is no Kubernetes name: at most %d letters a to z, digits and dashes", request.objectName, maxName)
		}
		if pool.Name != request.objectName {
			copied.title = pool.Name
		}
	}
	if copied.tags, err = tagsText(pool.Tags); err != nil {
		return nil, err
	}
	choice, err := chooseTemplate(request, pool.Tenant, pool.Location, b.cfg, b.model.Pools())
	if err != nil {
		if len(b.model.Pools()) == 0 && b.poolless() {
			return nil, sdk.Errorf(sdk.Unsupported, "the cluster has no MachineSets or MachineDeployments; its pools are Nodes grouped by the label %s and cannot be created", b.cfg.PoolLabel)
		}
		return nil, err
	}
	template := choice.pool
	copied.kind = template.Kind
	copied.namespace = firstText(request.namespace, b.cfg.Namespace, template.Namespace)
	if copied.kind == inventory.PartMachineDeployment && copied.namespace != template.Namespace {
		if request.namespace != "" {
			return nil, sdk.Errorf(sdk.Invalid, "extensions.namespace: a MachineDeployment refers to things of its own namespace and can only be copied within %s", template.Namespace)
		}
		copied.namespace = template.Namespace
	}
	copied.replicas = choice.replicas
	if request.replicas != nil {
		copied.replicas = *request.replicas
	}
	if request.instanceType != template.InstanceType() {
		copied.instanceType = request.instanceType
	}
	if pool.Location != template.Zone() {
		copied.zone = pool.Location
	}
	return b.createPool(ctx, template, copied)
}

func (b *Backend) createPool(ctx context.Context, template *inventory.MachinePool, c poolCopy) (*sdk.ResourcePool, error) {
	from, err := b.objects(ctx, c.kind, template.Namespace)
	if err != nil {
		return nil, err
	}
	live, err := from.get(ctx, template.Name)
	if err != nil {
		return nil, err
	}
	to, err := b.objects(ctx, c.kind, c.namespace)
	if err != nil {
		return nil, err
	}
	made, err := to.createCopy(ctx, live, c)
	if to.takenByAnother(ctx, err, c.name, c.tenant) {
		c.title, c.name = firstText(c.title, c.name), apart(c.name, c.tenant)
		made, err = to.createCopy(ctx, live, c)
	}
	if err != nil {
		return nil, err
	}
	id := string(made.GetUID())
	// The id is known only now. Should labelling fail, the pool is there all the
	// same, so this is no error of the request.
	err = to.update(ctx, made.GetName(), id, func(u *unstructured.Unstructured) (bool, error) {
		labels := u.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[inventory.PoolLabel] = id
		u.SetLabels(labels)
		return true, nil
	})
	if err != nil {
		b.log.Warn("a new pool could not be labelled with its id", "pool", to.what(made.GetName()), "error", err)
	}
	return b.poolNow(id)
}

func (o objects) createCopy(ctx context.Context, from *unstructured.Unstructured, c poolCopy) (*unstructured.Unstructured, error) {
	made, err := copyPool(from, c)
	if err != nil {
		return nil, err
	}
	return o.create(ctx, made)
}

// poolless tells that the cluster has none of the machine APIs.
func (b *Backend) poolless() bool {
	return !b.feeds.Has(inventory.PartMachineSet) && !b.feeds.Has(inventory.PartMachineDeployment)
}

// checkPlace refuses what every pool has in common and no request can choose.
func (b *Backend) checkPlace(pool *sdk.ResourcePool) error {
	if pool.OCloudID != "" && pool.OCloudID != b.cfg.OCloudID {
		return sdk.Errorf(sdk.Invalid, "oCloudId: this cluster's is %q; leave it out", b.cfg.OCloudID)
	}
	if pool.GlobalLocationID != "" && pool.GlobalLocationID != b.cfg.GlobalLocationID {
		return sdk.Errorf(sdk.Invalid, "globalLocationId: this cluster's is %q; leave it out", b.cfg.GlobalLocationID)
	}
	return nil
}

func (b *Backend) poolNow(id string) (*sdk.ResourcePool, error) {
	pool, ok := b.model.Get(inventory.Key{Kind: sdk.KindResourcePool, ID: id}).(*sdk.ResourcePool)
	if !ok {
		return nil, sdk.Errorf(sdk.NotFound, "the pool %q was deleted meanwhile", id)
	}
	return pool, nil
}

// machinePool finds the pool to change; doing says what is to be done with it.
func (b *Backend) machinePool(ctx context.Context, id, doing string) (*inventory.MachinePool, error) {
	if err := b.readable(ctx, sdk.KindResourcePool); err != nil {
		return nil, err
	}
	if p := b.model.Pool(id); p != nil {
		return p, nil
	}
	if b.model.IsGroup(id) {
		return nil, sdk.Errorf(sdk.Unsupported, "the pool %q is a group of labelled Nodes and cannot be %s: label the Nodes otherwise", id, doing)
	}
	return nil, sdk.Errorf(sdk.NotFound, "the cluster has no ResourcePool %q", id)
}

// UpdateResourcePool scales the pool and sets its name and description.
func (b *Backend) UpdateResourcePool(ctx context.Context, pool *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	part, err := b.machinePool(ctx, pool.ID, "updated")
	if err != nil {
		return nil, err
	}
	if err := b.checkPlace(pool); err != nil {
		return nil, err
	}
	to, err := b.objects(ctx, part.Kind, part.Namespace)
	if err != nil {
		return nil, err
	}
	err = to.update(ctx, part.Name, part.UID, func(u *unstructured.Unstructured) (bool, error) {
		now, err := b.poolNow(pool.ID)
		if err != nil {
			return false, err
		}
		return changePool(u, pool, now, b.cfg.Templates)
	})
	if err != nil {
		return nil, err
	}
	return b.poolNow(pool.ID)
}

// changePool makes u look like want; now is what u is shown as.
func changePool[T any](u *unstructured.Unstructured, want, now *sdk.ResourcePool, templates map[string]T) (changed bool, err error) {
	// Without a label the pool is whose netweave says it is.
	if want.Tenant != "" && now.Tenant != "" && want.Tenant != now.Tenant {
		return false, sdk.Errorf(sdk.Invalid, "tenant: a pool cannot be given to another tenant")
	}
	if want.Location != "" && want.Location != now.Location {
		return false, sdk.Errorf(sdk.Invalid, "location: a pool cannot be moved from %q: create another there", now.Location)
	}
	replicas, err := wantedReplicas(want.Extensions, now)
	if err != nil {
		return false, err
	}
	for _, key := range slices.Sorted(maps.Keys(want.Extensions)) {
		if err := unchanged(key, want.Extensions[key], now, templates); err != nil {
			return false, err
		}
	}
	if replicas != nil && *replicas != replicasOf(u) {
		if err := setReplicas(u, *replicas); err != nil {
			return false, sdk.Errorf(sdk.Internal, "%w", err)
		}
		changed = true
	}
	tags, err := tagsText(want.Tags)
	if err != nil {
		return false, err
	}
	if want.Name != now.Name || want.Description != now.Description || !slices.Equal(want.Tags, now.Tags) {
		title := want.Name
		if title == u.GetName() {
			title = ""
		}
		annotations := u.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotate(annotations, title, want.Description)
		setOrDelete(annotations, inventory.TagsAnnotation, tags)
		u.SetAnnotations(annotations)
		changed = true
	}
	return changed, nil
}

// wantedReplicas reads the number that a request asks for, nil if it asks for
// none. Of several extensions that give a number, one that is as it was read
// does not count.
func wantedReplicas(extensions map[string]any, now *sdk.ResourcePool) (*int64, error) {
	var wanted *int64
	by := ""
	for _, key := range replicaKeys {
		value, given := extensions[key]
		shown, isShown := now.Extensions[key]
		if !given || isShown && equalJSON(value, shown) {
			continue
		}
		if !isShown && key != "replicas" {
			return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is of another kind of pool: give replicas", key)
		}
		n, err := countOf(key, value)
		if err != nil {
			return nil, err
		}
		if wanted != nil && *wanted != n {
			return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is %d and extensions.%s is %d: give one number", by, *wanted, key, n)
		}
		wanted, by = &n, key
	}
	return wanted, nil
}

// unchanged refuses an extension that cannot be changed and differs.
func unchanged[T any](key string, value any, now *sdk.ResourcePool, templates map[string]T) error {
	if slices.Contains(replicaKeys, key) {
		return nil
	}
	if _, ok := now.Volatile[key]; ok {
		return nil
	}
	shown, ok := now.Extensions[key]
	if ok && equalJSON(value, shown) {
		return nil
	}
	var text string
	isText := decode(value, &text) == nil
	switch key {
	case "template":
		// What the pool was made from; it says nothing of what it is now.
		return nil
	case "type":
		if _, named := templates[text]; isText && (named || strings.EqualFold(text, kindOf(now))) {
			return nil
		}
	case "instanceType":
		if equalJSON(value, now.Extensions["k8s.instanceType"]) {
			return nil
		}
	case "namespace":
		if equalJSON(value, now.Extensions["k8s.machineset.namespace"]) || equalJSON(value, now.Extensions["k8s.machinedeployment.namespace"]) {
			return nil
		}
	default:
		if !ok {
			return sdk.Errorf(sdk.Invalid, "extensions.%s is not an extension of this pool; replicas can be changed", key)
		}
	}
	return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be changed; replicas can", key)
}

func kindOf(pool *sdk.ResourcePool) string {
	var kind string
	if err := decode(pool.Extensions["k8s.kind"], &kind); err != nil {
		return ""
	}
	return kind
}

// DeleteResourcePool deletes the MachineSet or MachineDeployment; its machines
// go with it, its namespace stays.
func (b *Backend) DeleteResourcePool(ctx context.Context, id string) error {
	part, err := b.machinePool(ctx, id, "deleted")
	if err != nil {
		return err
	}
	from, err := b.objects(ctx, part.Kind, part.Namespace)
	if err != nil {
		return err
	}
	return kube.Error("deleting the pool", from.delete(ctx, part.Name, part.UID))
}

func firstText(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
