package backend

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/sdk"
)

// lookAgain is how often a new server is looked for.
const lookAgain = 200 * time.Millisecond

// CreateResource creates a server on one of a pool's hosts. It is returned as soon
// as Nova shows it, while it is built.
func (b *Backend) CreateResource(ctx context.Context, want *sdk.Resource) (*sdk.Resource, error) {
	around, err := b.surroundings(ctx)
	if err != nil {
		return nil, err
	}
	pool, ok := around.fabric.target(want.ResourcePoolID)
	if !ok {
		return nil, sdk.Errorf(sdk.Invalid, "there is no resource pool %q to create a server in", want.ResourcePoolID)
	}
	if pool.tenant != "" && want.Tenant != "" && want.Tenant != pool.tenant {
		return nil, sdk.Errorf(sdk.Invalid, "a resource belongs to the tenant of its pool")
	}
	at := slices.IndexFunc(around.flavors, func(f api.Flavor) bool { return f.ID == want.ResourceTypeID })
	if at < 0 {
		return nil, sdk.Errorf(sdk.Invalid, "there is no flavor %q to create a server of: choose a resource type that is a flavor", want.ResourceTypeID)
	}
	flavor := around.flavors[at]
	order, err := b.newServer(want, cmp.Or(want.Tenant, pool.tenant))
	if err != nil {
		return nil, err
	}
	if err := b.place(ctx, &order, pool, flavor, around, want.Extensions); err != nil {
		return nil, err
	}
	id, err := b.client.CreateServer(ctx, order)
	if err != nil {
		return nil, err
	}
	made, err := b.seen(ctx, id)
	if err != nil {
		return nil, sdk.Errorf(codeOf(err), "the server %q was created but does not show yet: %w", id, err)
	}
	return b.mapper.server(made, around), nil
}

// serverExts are the extensions that say how to make a server.
var serverExts = []string{imageExt, networksExt, keyNameExt, hostExt, userDataExt, metadataExt}

// newServer says what to create, but for where. A server without a name gets one.
func (b *Backend) newServer(want *sdk.Resource, tenant string) (api.NewServer, error) {
	none := api.NewServer{}
	if want.ParentID != "" {
		return none, sdk.Errorf(sdk.Invalid, "parentId cannot be set: Nova's scheduler chooses the hypervisor (extensions.%s asks for one)", hostExt)
	}
	for _, key := range slices.Sorted(maps.Keys(want.Extensions)) {
		if strings.HasPrefix(key, reserved) && !slices.Contains(serverExts, key) {
			return none, reservedKey(key, serverExts)
		}
	}
	metadata, err := metadataOf(want.Extensions)
	if err != nil {
		return none, err
	}
	if metadata == nil {
		metadata = map[string]string{}
	}
	order := api.NewServer{
		Name: cmp.Or(want.Name, "server-"+strings.ToLower(rand.Text()[:10])), Description: want.Description,
		FlavorID: want.ResourceTypeID, Metadata: metadata, Tags: want.Tags,
	}
	given := map[string]string{}
	for _, key := range []string{imageExt, keyNameExt, userDataExt} {
		if value, ok := want.Extensions[key]; ok {
			text, ok := value.(string)
			if !ok {
				return none, sdk.Errorf(sdk.Invalid, "extensions.%s must be a text", key)
			}
			given[key] = text
		}
	}
	order.Image = cmp.Or(given[imageExt], b.cfg.Image)
	if order.Image == "" {
		return none, sdk.Errorf(sdk.Invalid, "extensions.%s is missing: give the id of an image; an adapter whose configuration has an image needs none", imageExt)
	}
	order.KeyName = cmp.Or(given[keyNameExt], b.cfg.KeyName)
	if given[userDataExt] != "" { // it may hold secrets and is not kept
		order.UserData = base64.StdEncoding.EncodeToString([]byte(given[userDataExt]))
	}
	if order.Networks, err = networks(want.Extensions, b.cfg.Networks); err != nil {
		return none, err
	}
	for i, tag := range want.Tags {
		if len(tag) > 60 || tag == "" || strings.ContainsAny(tag, ",/") {
			return none, sdk.Errorf(sdk.Invalid, "tags[%d] is %q: a tag has 1 to 60 characters, none of them a comma or a slash", i, tag)
		}
	}
	set(metadata, tenantKey, tenant)
	set(metadata, poolKey, want.ResourcePoolID)
	set(metadata, globalAssetKey, want.GlobalAssetID)
	if err := keepExtensions(metadata, want.Extensions); err != nil {
		return none, err
	}
	return order, fits(metadata)
}

// networks are those to put a server on: "none", "auto", a network's id or several.
func networks(extensions map[string]any, configured string) (any, error) {
	ids := []string{configured}
	switch value := extensions[networksExt].(type) {
	case nil:
	case string:
		ids = []string{value}
	default:
		var err error
		if ids, err = texts(networksExt, value); err != nil {
			return nil, err
		}
	}
	if len(ids) == 1 && (ids[0] == "none" || ids[0] == "auto") {
		return ids[0], nil
	}
	refs := []api.NetworkRef{}
	for _, id := range ids {
		if id == "" || id == "none" || id == "auto" {
			return nil, sdk.Errorf(sdk.Invalid, `extensions.%s must be "none", "auto" or a list of ids of networks`, networksExt)
		}
		refs = append(refs, api.NetworkRef{UUID: id})
	}
	if len(refs) == 0 {
		return "none", nil
	}
	return refs, nil
}

// place has a server come to be in a pool. Where the pool has a zone to itself,
// Nova's scheduler chooses among its hosts; elsewhere a host must be named, or the
// server could land in another pool.
func (b *Backend) place(ctx context.Context, order *api.NewServer, pool target, flavor api.Flavor, around surroundings, extensions map[string]any) error {
	order.Zone = pool.zone
	usable := around.fabric.usable(pool)
	if value, ok := extensions[hostExt]; ok {
		host, _ := value.(string)
		if !slices.Contains(pool.hosts, host) {
			return sdk.Errorf(sdk.Invalid, "extensions.%s is %v: the pool has the hosts %s", hostExt, value, cmp.Or(strings.Join(pool.hosts, ", "), "none"))
		}
		order.Host = host
		return nil
	}
	if len(usable) == 0 {
		return sdk.Errorf(sdk.Exhausted, "the resource pool %q has no host that is up and enabled: put one into it (extensions.%s)", pool.id, hostsExt)
	}
	if pool.alone {
		return nil
	}
	host, err := b.roomiest(ctx, usable, flavor, around.hypervisors)
	order.Host = host
	return err
}

// roomiest is the host with the most memory left for a server of a flavor; without
// Placement the one with the fewest servers.
func (b *Backend) roomiest(ctx context.Context, hosts []string, flavor api.Flavor, hypervisors []api.Hypervisor) (string, error) {
	var candidates []api.Hypervisor
	for _, h := range hypervisors {
		if slices.Contains(hosts, h.Service.Host) {
			candidates = append(candidates, h)
		}
	}
	stocks, err := b.capacity.of(ctx, candidates, nil)
	if err != nil {
		return "", err
	}
	slices.SortFunc(candidates, func(a, b api.Hypervisor) int {
		free := func(h api.Hypervisor) int64 { s := stocks[h.ID]["MEMORY_MB"]; return s.Capacity - s.Used }
		return cmp.Or(cmp.Compare(free(b), free(a)), cmp.Compare(a.RunningVMs, b.RunningVMs), cmp.Compare(a.Hostname, b.Hostname))
	})
	needs := map[string]int64{"VCPU": flavor.VCPUs, "MEMORY_MB": flavor.RAM}
	for _, h := range candidates {
		fits := true
		for class, n := range needs {
			if s, ok := stocks[h.ID][class]; ok && s.Capacity-s.Used < n {
				fits = false
			}
		}
		if fits {
			return h.Service.Host, nil
		}
	}
	return "", sdk.Errorf(sdk.Exhausted, "no host of the resource pool has room for a server of the flavor %q (%d vCPUs, %d MiB)", flavor.Name, flavor.VCPUs, flavor.RAM)
}

// seen waits until Nova shows a server.
func (b *Backend) seen(ctx context.Context, id string) (*api.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.CreateTimeout.Std())
	defer cancel()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		s, err := b.client.Server(ctx, id)
		if err == nil || !isNotFound(err) {
			return s, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, sdk.Errorf(sdk.Timeout, "it was looked for in vain for %v", b.cfg.CreateTimeout)
		}
	}
}

// DeleteResource deletes a server. Hypervisors are not netweave's to delete.
func (b *Backend) DeleteResource(ctx context.Context, id string) error {
	s, err := b.client.Server(ctx, id)
	if isNotFound(err) {
		if _, err := b.client.Hypervisor(ctx, id); err == nil {
			return sdk.Errorf(sdk.Unsupported, "%q is a hypervisor: it goes when its compute service is taken out of Nova, not through here", id)
		} else if !isNotFound(err) {
			return err
		}
		return sdk.Errorf(sdk.NotFound, "OpenStack has no server %q", id)
	}
	if err != nil {
		return err
	}
	if s.Going() {
		return sdk.Errorf(sdk.NotFound, "OpenStack has no server %q: it is being deleted", id)
	}
	return b.client.DeleteServer(ctx, id)
}
