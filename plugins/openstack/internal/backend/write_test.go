package backend

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

func newVM(change ...func(*sdk.Resource)) *sdk.Resource {
	r := &sdk.Resource{Meta: sdk.Meta{Name: "vm-new", Tenant: "north"}, ResourcePoolID: uuid('b', 1), ResourceTypeID: "f-small"}
	for _, f := range change {
		f(r)
	}
	return r
}

// TestWritesAreSentOnce has the creation of a server fail in many ways.
func TestWritesAreSentOnce(t *testing.T) {
	for name, c := range map[string]struct {
		fault answerer
		code  sdk.Code
		text  string
	}{
		"an error":            {says(500, "Unexpected API Error."), sdk.Unavailable, "Unexpected API Error.; it may have been done all the same"},
		"a proxy's time-out":  {raw(504, "text/html", "<h1>time-out</h1>"), sdk.Timeout, "it may have been done all the same"},
		"cut off":             {hangUp, sdk.Timeout, "it may have been done all the same"},
		"half an answer":      {raw(202, "application/json", `{"server": {"id": "cc`), sdk.Timeout, "it may have been done all the same"},
		"an answer without":   {raw(202, "application/json", `{}`), sdk.Unavailable, "another one, or none"},
		"no quota":            {says(403, "Quota exceeded for cores: Requested 1, but already used 20 of 20 cores"), sdk.Exhausted, "already used 20 of 20 cores: raise the quota"},
		"not allowed":         {says(403, "Policy doesn't allow os_compute_api:servers:create to be performed."), sdk.Denied, "needs the role admin"},
		"a conflict":          {says(409, "Cannot do that now"), sdk.Conflict, "Cannot do that now"},
		"a wrong image":       {says(400, "Image image-1 could not be found."), sdk.Invalid, "Image image-1 could not be found."},
		"throttled":           {says(429, "slow down", "Retry-After", "1"), sdk.Throttled, "slow down"},
		"no answer in time":   {func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }, sdk.Timeout, "it may have been done all the same"},
		"a token in an error": {says(400, "bad token token-1-very-secret"), sdk.Invalid, "bad token [secret]"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 3, 4)
			b, _ := cloud.backend(t, func(c *config.Config) { c.Timeout = sdk.Duration(500 * time.Millisecond) })
			cloud.breaks(at(postServers, func(w http.ResponseWriter, r *http.Request) bool {
				_, _ = readAll(r)
				return c.fault(w, r)
			}))
			_, err := b.CreateResource(t.Context(), newVM())
			wants(t, err, c.code, c.text)
			if n := cloud.count(postServers); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

func readAll(r *http.Request) (string, error) {
	var b strings.Builder
	buf := make([]byte, 1024)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String(), err
		}
	}
}

// TestUserDataIsNotTold has Nova quote what it was sent.
func TestUserDataIsNotTold(t *testing.T) {
	cloud := newCloud(t, 3, 4)
	b, _ := cloud.backend(t)
	cloud.breaks(at(postServers, func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := readAll(r)
		return says(400, "Invalid input: "+body)(w, r)
	}))
	_, err := b.CreateResource(t.Context(), newVM(func(r *sdk.Resource) { r.Extensions = map[string]any{userDataExt: "a key: abc"} }))
	wants(t, err, sdk.Invalid, `"user_data":"[secret]"`)
	if strings.Contains(cloud.logs.String(), "YSBrZXk6IGFiYw==") {
		t.Errorf("the log has it: %s", cloud.logs.String())
	}
}

// TestAWriteWithAnExpiredToken is sent again: it was not heeded.
func TestAWriteWithAnExpiredToken(t *testing.T) {
	cloud := newCloud(t, 3, 4)
	b, _ := cloud.backend(t)
	cloud.breaks(at(postServers, times(1, func(http.ResponseWriter, *http.Request) bool { cloud.expire(); return false })))
	made, err := b.CreateResource(t.Context(), newVM())
	if err != nil || made.Name != "vm-new" || made.Tenant != "north" || made.ResourcePoolID != uuid('b', 1) {
		t.Errorf("made %+v, %v", made, err)
	}
	if n := cloud.count(postServers); n != 2 || len(cloud.servers) != 5 {
		t.Errorf("sent %d times, %d servers", n, len(cloud.servers))
	}
}

func TestServersThatCannotBeMade(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sdk.Resource)
		code   sdk.Code
		text   string
	}{
		"no such pool":       {func(r *sdk.Resource) { r.ResourcePoolID = "x" }, sdk.Invalid, `there is no resource pool "x"`},
		"no such flavor":     {func(r *sdk.Resource) { r.ResourceTypeID = "x" }, sdk.Invalid, `there is no flavor "x"`},
		"a hypervisor":       {func(r *sdk.Resource) { r.ResourceTypeID = hypervisorType }, sdk.Invalid, "choose a resource type that is a flavor"},
		"a parent":           {func(r *sdk.Resource) { r.ParentID = uuid('a', 1) }, sdk.Invalid, "parentId cannot be set"},
		"another's pool":     {func(r *sdk.Resource) { r.Tenant = "south" }, sdk.Invalid, "belongs to the tenant of its pool"},
		"what Nova reports":  {func(r *sdk.Resource) { r.Extensions = map[string]any{"openstack.status": "ACTIVE"} }, sdk.Invalid, "extensions.openstack.status cannot be set"},
		"another pool's":     {func(r *sdk.Resource) { r.Extensions = map[string]any{hostExt: host(1)} }, sdk.Invalid, "the pool has the hosts host-000"},
		"networks":           {func(r *sdk.Resource) { r.Extensions = map[string]any{networksExt: []any{"none", "x"}} }, sdk.Invalid, "must be"},
		"a tag with a comma": {func(r *sdk.Resource) { r.Tags = []string{"a,b"} }, sdk.Invalid, "tags[0]"},
		"its own tenant":     {func(r *sdk.Resource) { r.Extensions = map[string]any{metadataExt: map[string]any{tenantKey: "south"}} }, sdk.Invalid, "cannot be set"},
		"too much":           {func(r *sdk.Resource) { r.Extensions = map[string]any{"note": strings.Repeat("x", 300)} }, sdk.Invalid, "OpenStack keeps 255"},
		"no host that is up": {func(r *sdk.Resource) { r.ResourcePoolID = uuid('b', 2); r.Tenant = "" }, sdk.Exhausted, "no host that is up and enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 3, 4)
			cloud.services[1]["state"] = "down"
			b, _ := cloud.backend(t)
			_, err := b.CreateResource(t.Context(), newVM(c.change))
			wants(t, err, c.code, c.text)
			if n := cloud.count(postServers); n != 0 {
				t.Errorf("%d servers were asked for", n)
			}
		})
	}
}

// TestWhereServersGo looks at what Nova is asked for.
func TestWhereServersGo(t *testing.T) {
	for name, c := range map[string]struct {
		pool       string
		zone, host any
	}{
		"a zone of its own":     {uuid('b', 1), "edge-1", nil},
		"no zone":               {uuid('b', 2), nil, "host-001"},
		"hosts in no pool":      {"zone:nova", "nova", "host-003"},
		"a zone that is shared": {uuid('b', 3), "edge-1", "host-002"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 4, 0)
			if name == "a zone that is shared" {
				cloud.aggregates = append(cloud.aggregates, aggregate(3, "more", "edge-1", []string{host(2)}, nil))
				cloud.services[2]["zone"] = "edge-1"
			}
			cloud.services[2]["status"] = map[bool]string{true: "disabled", false: "enabled"}[name == "hosts in no pool"]
			var body string
			cloud.breaks(at(postServers, func(w http.ResponseWriter, r *http.Request) bool {
				body, _ = readAll(r)
				return says(409, "enough")(w, r)
			}))
			b, _ := cloud.backend(t)
			_, err := b.CreateResource(t.Context(), newVM(func(r *sdk.Resource) { r.ResourcePoolID = c.pool }))
			wants(t, err, sdk.Conflict, "enough")
			for key, want := range map[string]any{`"availability_zone"`: c.zone, `"host"`: c.host} {
				got := strings.Contains(body, key)
				if got != (want != nil) || want != nil && !strings.Contains(body, key+`:"`+want.(string)+`"`) {
					t.Errorf("%s is not %v in %s", key, want, body)
				}
			}
			if !strings.Contains(body, `"networks":"none"`) || !strings.Contains(body, `"o2ims.oran.org:pool":"`+c.pool+`"`) {
				t.Errorf("asked for %s", body)
			}
		})
	}
}

func TestDeletingServers(t *testing.T) {
	cloud := newCloud(t, 3, 4)
	b, _ := cloud.backend(t)
	wants(t, b.DeleteResource(t.Context(), uuid('a', 0)), sdk.Unsupported, "is a hypervisor")
	wants(t, b.DeleteResource(t.Context(), "../servers"), sdk.NotFound, "")
	cloud.servers[2]["OS-EXT-STS:task_state"] = "deleting"
	wants(t, b.DeleteResource(t.Context(), uuid('c', 2)), sdk.NotFound, "it is being deleted")
	if _, err := b.GetResource(t.Context(), uuid('c', 2)); err == nil {
		t.Error("a server whose deletion was accepted is still there")
	}
	if err := b.DeleteResource(t.Context(), uuid('c', 1)); err != nil || len(cloud.servers) != 3 {
		t.Errorf("%v, %d servers", err, len(cloud.servers))
	}
}

// TestAHalfMadePoolIsPutAway has each step of its creation fail.
func TestAHalfMadePoolIsPutAway(t *testing.T) {
	for name, step := range map[string]int{"metadata": 1, "the first host": 2, "the second host": 3} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 5, 0)
			n := 0
			cloud.breaks(at("POST /compute/v2.1/os-aggregates/3/action", func(w http.ResponseWriter, r *http.Request) bool {
				n++
				return n == step && says(409, "not now")(w, r)
			}))
			b, _ := cloud.backend(t)
			_, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{
				Meta:     sdk.Meta{Name: "new", Tenant: "north", Extensions: map[string]any{hostsExt: []any{host(3), host(4)}}},
				Location: "z9",
			})
			wants(t, err, sdk.Conflict, "not now")
			if len(cloud.aggregates) != 2 {
				t.Errorf("left behind: %v", cloud.aggregates[2:])
			}
		})
	}
}

func TestPoolsInFull(t *testing.T) {
	cloud := newCloud(t, 5, 0)
	b, _ := cloud.backend(t, func(c *config.Config) { c.OCloudID = "oc" })
	made, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{
		Meta: sdk.Meta{Name: "edge", Tenant: "south", Description: "at the edge", Extensions: map[string]any{
			hostsExt: []any{host(4), host(3)}, metadataExt: map[string]any{"ssd": "true"}, "floor": 3, "type": "private-cloud",
		}},
		Location: "z9", GlobalLocationID: "geo:1;2",
	})
	if err != nil {
		t.Fatal(err)
	}
	// "edge" is another tenant's in Nova: that is not told.
	if nova := cloud.aggregates[2]["name"]; made.Name != "edge" || nova != "edge-8d11bce7" {
		t.Errorf("it is called %q, and %q in Nova", made.Name, nova)
	}
	if made.Tenant != "south" || made.Description != "at the edge" || made.Location != "z9" || made.GlobalLocationID != "geo:1;2" || made.OCloudID != "oc" {
		t.Errorf("made %+v", made)
	}
	if !reflect.DeepEqual(made.Extensions[hostsExt], []string{host(3), host(4)}) || made.Extensions["floor"] != 3.0 || made.Extensions["type"] != "private-cloud" ||
		!reflect.DeepEqual(made.Extensions[metadataExt], map[string]string{"ssd": "true"}) {
		t.Errorf("extensions %v", made.Extensions)
	}
	made.Name, made.Location, made.Description = "rim", "z8", ""
	made.Extensions[hostsExt], made.Extensions[metadataExt] = []any{host(4), host(2)}, map[string]any{"nvme": "yes"}
	changed, err := b.UpdateResourcePool(t.Context(), made)
	if err != nil {
		t.Fatal(err)
	}
	if changed.Name != "rim" || cloud.aggregates[2]["name"] != "rim" || changed.Location != "z8" || changed.Description != "" ||
		!reflect.DeepEqual(changed.Extensions[hostsExt], []string{host(2), host(4)}) || !reflect.DeepEqual(changed.Extensions[metadataExt], map[string]string{"nvme": "yes"}) {
		t.Errorf("changed %+v", changed)
	}
	_, err = b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "rim", Tenant: "south"}})
	wants(t, err, sdk.Conflict, `there is a host aggregate "rim" already`)
}

func TestPoolsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sdk.ResourcePool)
		text   string
	}{
		"no name":          {func(p *sdk.ResourcePool) { p.Name = " " }, "name is missing"},
		"another O-Cloud":  {func(p *sdk.ResourcePool) { p.OCloudID = "other" }, `leave it out or set it to "oc"`},
		"no such host":     {func(p *sdk.ResourcePool) { p.Extensions = map[string]any{hostsExt: []any{"x"}} }, `there is no compute host "x"`},
		"hosts of numbers": {func(p *sdk.ResourcePool) { p.Extensions = map[string]any{hostsExt: []any{1}} }, "1 is no text"},
		"two zones":        {func(p *sdk.ResourcePool) { p.Extensions = map[string]any{zoneExt: "b"} }, "set one of them"},
		"its number":       {func(p *sdk.ResourcePool) { p.Extensions = map[string]any{"openstack.aggregateId": 7} }, "cannot be set"},
		"a secret":         {func(p *sdk.ResourcePool) { p.Extensions = map[string]any{metadataExt: map[string]any{"password": "x"}} }, "no word for a secret"},
		"another type":     {func(p *sdk.ResourcePool) { p.Extensions = map[string]any{"type": "cloud"} }, `extensions.type is cloud: leave it out or set it to "private-cloud"`},
		"a long text":      {func(p *sdk.ResourcePool) { p.Description = strings.Repeat("x", 256) }, "description has 256 characters: OpenStack keeps 255"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 3, 0)
			b, _ := cloud.backend(t, func(c *config.Config) { c.OCloudID = "oc" })
			pool := &sdk.ResourcePool{Meta: sdk.Meta{Name: "new"}, Location: "a"}
			c.change(pool)
			_, err := b.CreateResourcePool(t.Context(), pool)
			wants(t, err, sdk.Invalid, c.text)
			if len(cloud.aggregates) != 2 {
				t.Error("it was made all the same")
			}
		})
	}
}

func TestDeletingPools(t *testing.T) {
	t.Run("with hosts", func(t *testing.T) {
		cloud := newCloud(t, 3, 0)
		b, _ := cloud.backend(t)
		wants(t, b.DeleteResourcePool(t.Context(), uuid('b', 1)), sdk.Conflict, `"edge" has the hosts host-000: remove them first`)
		wants(t, b.DeleteResourcePool(t.Context(), "zone:nova"), sdk.Unsupported, "cannot be deleted")
		wants(t, b.DeleteResourcePool(t.Context(), "zone:other"), sdk.NotFound, "")
	})
	t.Run("hosts first", func(t *testing.T) {
		cloud := newCloud(t, 3, 0)
		b, _ := cloud.backend(t, func(c *config.Config) { c.DeletePool = config.DeleteRemoveHosts })
		if err := b.DeleteResourcePool(t.Context(), uuid('b', 1)); err != nil || len(cloud.aggregates) != 1 {
			t.Errorf("%v, %d aggregates", err, len(cloud.aggregates))
		}
	})
	t.Run("hosts that cannot leave", func(t *testing.T) {
		cloud := newCloud(t, 3, 0)
		cloud.aggregates[0]["hosts"] = []string{host(0), host(2)}
		n := 0
		cloud.breaks(at("POST /compute/v2.1/os-aggregates/1/action", func(w http.ResponseWriter, r *http.Request) bool {
			n++
			return n == 2 && says(409, "has instances")(w, r)
		}))
		b, _ := cloud.backend(t, func(c *config.Config) { c.DeletePool = config.DeleteRemoveHosts })
		wants(t, b.DeleteResourcePool(t.Context(), uuid('b', 1)), sdk.Conflict, "has instances")
		hosts := cloud.aggregates[0]["hosts"].([]string)
		slices.Sort(hosts)
		if !slices.Equal(hosts, []string{host(0), host(2)}) {
			t.Errorf("the pool is left with %v", hosts)
		}
	})
}

// TestCallersWhoLeave are not told of a time-out.
func TestCallersWhoLeave(t *testing.T) {
	cloud := newCloud(t, 3, 4)
	b, _ := cloud.backend(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.CreateResource(ctx, newVM()); err == nil || cloud.count(postServers) != 0 {
		t.Errorf("%v after %d requests", err, cloud.count(postServers))
	}
}
