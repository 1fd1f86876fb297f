package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/netweave/netweave/sdk"
)

func get(service, path, doing string) exchange {
	return exchange{doing: doing, service: service, method: http.MethodGet, path: path}
}

// Ping asks Nova for next to nothing, once: it tells whether Nova answers, takes the
// token and is new enough (it refuses a microversion that it does not speak).
func (c *Client) Ping(ctx context.Context) error {
	var body struct {
		Flavors *[]struct{} `json:"flavors"`
	}
	x := get(compute, "flavors", "asking whether Nova is there")
	x.query, x.into = url.Values{"limit": {"1"}}, &body
	if f := c.once(ctx, x); f != nil {
		c.logFailure(x, f)
		return f.err
	}
	if body.Flavors == nil {
		return sdk.Errorf(sdk.Unavailable, "%s: the answer is not Nova's: is the catalog's endpoint right?", x.doing)
	}
	return nil
}

// Aggregates lists every host aggregate.
func (c *Client) Aggregates(ctx context.Context) ([]Aggregate, error) {
	return list(ctx, c, listing[Aggregate]{
		exchange: get(compute, "os-aggregates", "listing the host aggregates"),
		key:      "aggregates", id: func(a *Aggregate) string { return a.UUID },
	})
}

// Services lists every nova-compute.
func (c *Client) Services(ctx context.Context) ([]Service, error) {
	x := get(compute, "os-services", "listing the compute services")
	x.query = url.Values{"binary": {"nova-compute"}}
	return list(ctx, c, listing[Service]{
		exchange: x, key: "services", id: func(s *Service) string { return s.Host },
		sound: func(s *Service) error {
			if s.Status == "UNKNOWN" || s.ID == "" {
				return halfKnown(x, "the compute service on "+s.Host)
			}
			return nil
		},
	})
}

// Hypervisors lists every compute node.
func (c *Client) Hypervisors(ctx context.Context) ([]Hypervisor, error) {
	return list(ctx, c, listing[Hypervisor]{
		exchange: get(compute, "os-hypervisors/detail", "listing the hypervisors"),
		key:      "hypervisors", paged: true, id: func(h *Hypervisor) string { return h.ID },
	})
}

// Hypervisor reads one.
func (c *Client) Hypervisor(ctx context.Context, id string) (*Hypervisor, error) {
	var body struct {
		Hypervisor *Hypervisor `json:"hypervisor"`
	}
	x := get(compute, "", fmt.Sprintf("reading the hypervisor %q", id))
	x.object, x.into = fmt.Sprintf("hypervisor %q", id), &body
	if err := c.object(ctx, x, "os-hypervisors", id); err != nil {
		return nil, err
	}
	if body.Hypervisor == nil || body.Hypervisor.ID != id {
		return nil, another(x)
	}
	return body.Hypervisor, nil
}

// Servers lists the servers of all projects.
func (c *Client) Servers(ctx context.Context) ([]Server, error) {
	x := get(compute, "servers/detail", "listing the servers")
	x.query = url.Values{"all_tenants": {"1"}}
	return list(ctx, c, listing[Server]{
		exchange: x, key: "servers", paged: true, id: func(s *Server) string { return s.ID },
		sound: func(s *Server) error { return s.sound(x) },
	})
}

// Server reads one.
func (c *Client) Server(ctx context.Context, id string) (*Server, error) {
	var body struct {
		Server *Server `json:"server"`
	}
	x := get(compute, "", fmt.Sprintf("reading the server %q", id))
	x.object, x.into = fmt.Sprintf("server %q", id), &body
	if err := c.object(ctx, x, "servers", id); err != nil {
		return nil, err
	}
	if body.Server == nil || body.Server.ID != id {
		return nil, another(x)
	}
	return body.Server, body.Server.sound(x)
}

// sound says what a server lacks.
func (s *Server) sound(x exchange) error {
	switch {
	case s.Flavor == nil: // all that Nova tells of a server whose cell does not answer
		return halfKnown(x, "the server "+printable(s.ID, 60))
	case !s.Host.Known || !s.Hypervisor.Known:
		return sdk.Errorf(sdk.Denied, "%s: Nova does not tell on which host a server is: the adapter's user needs the role admin in its project", x.doing)
	default:
		return nil
	}
}

// Flavors lists every flavor, public or not.
func (c *Client) Flavors(ctx context.Context) ([]Flavor, error) {
	x := get(compute, "flavors/detail", "listing the flavors")
	x.query = url.Values{"is_public": {"none"}}
	return list(ctx, c, listing[Flavor]{
		exchange: x, key: "flavors", paged: true, id: func(f *Flavor) string { return f.ID },
	})
}

// Providers lists Placement's resource providers.
func (c *Client) Providers(ctx context.Context) ([]Provider, error) {
	return list(ctx, c, listing[Provider]{
		exchange: get(placement, "resource_providers", "listing Placement's resource providers"),
		key:      "resource_providers", id: func(p *Provider) string { return p.UUID },
	})
}

// Inventories reads what a provider has, by resource class.
func (c *Client) Inventories(ctx context.Context, provider string) (map[string]Inventory, error) {
	var body struct {
		Inventories map[string]Inventory `json:"inventories"`
	}
	x := get(placement, "", "reading the inventories of the resource provider "+provider)
	x.object, x.into = "resource provider "+provider, &body
	if err := c.below(ctx, x, provider, "inventories"); err != nil {
		return nil, err
	}
	if body.Inventories == nil {
		return nil, sdk.Errorf(sdk.Unavailable, "%s: the answer has no inventories", x.doing)
	}
	return body.Inventories, nil
}

// Usages reads what of it is used, by resource class.
func (c *Client) Usages(ctx context.Context, provider string) (map[string]int64, error) {
	var body struct {
		Usages map[string]int64 `json:"usages"`
	}
	x := get(placement, "", "reading the usages of the resource provider "+provider)
	x.object, x.into = "resource provider "+provider, &body
	if err := c.below(ctx, x, provider, "usages"); err != nil {
		return nil, err
	}
	if body.Usages == nil {
		return nil, sdk.Errorf(sdk.Unavailable, "%s: the answer has no usages", x.doing)
	}
	return body.Usages, nil
}

func (c *Client) below(ctx context.Context, x exchange, provider, what string) error {
	path, ok := objectPath("resource_providers", provider)
	if !ok {
		return notThere(x.object)
	}
	x.path = path + "/" + what
	return c.read(ctx, x)
}

// object reads one object.
func (c *Client) object(ctx context.Context, x exchange, base, id string) error {
	if !isUUID(id) { // Nova would take other ids for names, or for its own numbers
		return notThere(x.object)
	}
	x.path = base + "/" + id
	return c.read(ctx, x)
}

func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i, r := range id {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdef", r) {
			return false
		}
	}
	return true
}

func halfKnown(x exchange, what string) error {
	return sdk.Errorf(sdk.Unavailable, "%s: Nova knows only half of %s: one of its cells does not answer", x.doing, what)
}

func another(x exchange) error {
	return sdk.Errorf(sdk.Unavailable, "%s: OpenStack answered with another one, or none", x.doing)
}
