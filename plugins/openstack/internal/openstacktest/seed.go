package openstacktest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
)

// Service is one of a stack's, called as admin beside what is tested.
type Service struct{ client *gophercloud.ServiceClient }

// Nova is the stack's Nova.
type Nova struct{ Service }

// Nova logs in to Nova.
func (s *Stack) Nova(ctx context.Context) (*Nova, error) {
	client, err := s.logIn(ctx, openstack.NewComputeV2)
	if err != nil {
		return nil, err
	}
	client.Microversion = "2.79"
	return &Nova{Service{client}}, nil
}

// Keystone logs in to Keystone.
func (s *Stack) Keystone(ctx context.Context) (*Service, error) {
	client, err := s.logIn(ctx, openstack.NewIdentityV3)
	return &Service{client}, err
}

type newClient func(*gophercloud.ProviderClient, gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error)

func (s *Stack) logIn(ctx context.Context, service newClient) (*gophercloud.ServiceClient, error) {
	provider, err := openstack.NewClient(s.AuthURL)
	if err != nil {
		return nil, err
	}
	// No connection stays open: tests look for what is left behind.
	provider.HTTPClient.Transport = &http.Transport{DisableKeepAlives: true}
	err = openstack.Authenticate(ctx, provider, gophercloud.AuthOptions{
		IdentityEndpoint: s.AuthURL, Username: "admin", Password: Password, DomainID: "default", AllowReauth: true,
		Scope: &gophercloud.AuthScope{ProjectName: "admin", DomainID: "default"},
	})
	if err != nil {
		return nil, err
	}
	return service(provider, gophercloud.EndpointOpts{Region: Region})
}

// Call sends body, if it is not nil, and reads the answer into what is not nil.
func (s *Service) Call(ctx context.Context, method, path string, body, into any) error {
	res, err := s.client.Request(ctx, method, s.client.ServiceURL(path), &gophercloud.RequestOpts{
		JSONBody: body, JSONResponse: into, OkCodes: []int{200, 201, 202, 204},
	})
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// User creates a user who may do in the project admin what admin may.
func (s *Service) User(ctx context.Context, name, password string) (id string, err error) {
	var found struct {
		User     struct{ ID string }
		Projects []struct{ ID string }
		Roles    []struct{ ID string }
	}
	err = s.Call(ctx, "POST", "users", map[string]any{"user": map[string]any{"name": name, "password": password, "domain_id": "default"}}, &found)
	if err != nil {
		return "", err
	}
	for _, path := range []string{"projects?name=admin", "roles?name=admin"} {
		if err := s.Call(ctx, "GET", path, nil, &found); err != nil {
			return "", err
		}
	}
	if len(found.Projects) != 1 || len(found.Roles) != 1 {
		return "", errors.New("there is no project or no role admin")
	}
	return found.User.ID, s.Call(ctx, "PUT", "projects/"+found.Projects[0].ID+"/users/"+found.User.ID+"/roles/"+found.Roles[0].ID, nil, nil)
}

// Aggregate creates an aggregate and returns its id.
func (n *Nova) Aggregate(ctx context.Context, name, zone string, metadata map[string]string, hosts ...string) (uuid string, err error) {
	var made struct {
		Aggregate struct {
			ID   int
			UUID string
		}
	}
	wanted := map[string]any{"name": name}
	if zone != "" {
		wanted["availability_zone"] = zone
	}
	if err := n.Call(ctx, "POST", "os-aggregates", map[string]any{"aggregate": wanted}, &made); err != nil {
		return "", err
	}
	actions := []any{}
	if len(metadata) > 0 {
		actions = append(actions, map[string]any{"set_metadata": map[string]any{"metadata": metadata}})
	}
	for _, host := range hosts {
		actions = append(actions, map[string]any{"add_host": map[string]any{"host": host}})
	}
	for _, action := range actions {
		if err := n.Call(ctx, "POST", fmt.Sprintf("os-aggregates/%d/action", made.Aggregate.ID), action, nil); err != nil {
			return "", err
		}
	}
	return made.Aggregate.UUID, nil
}

// Flavor creates a flavor.
func (n *Nova) Flavor(ctx context.Context, id, name string, vcpus, ram, disk int) error {
	return n.Call(ctx, "POST", "flavors", map[string]any{"flavor": map[string]any{"id": id, "name": name, "vcpus": vcpus, "ram": ram, "disk": disk}}, nil)
}

// Server creates a server in a zone and waits until it runs.
func (n *Nova) Server(ctx context.Context, name, flavor, zone string, metadata map[string]string) (id string, err error) {
	var made struct{ Server struct{ ID, Status string } }
	wanted := map[string]any{
		"name": name, "flavorRef": flavor, "imageRef": Image, "networks": "none", "availability_zone": zone, "metadata": metadata,
	}
	if err := n.Call(ctx, "POST", "servers", map[string]any{"server": wanted}, &made); err != nil {
		return "", err
	}
	id = made.Server.ID
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		if err := n.Call(ctx, "GET", "servers/"+id, nil, &made); err != nil {
			return "", err
		}
		switch made.Server.Status {
		case "ACTIVE":
			return id, nil
		case "ERROR":
			return "", fmt.Errorf("the server %s cannot be built", name)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return "", fmt.Errorf("the server %s is %s: %w", name, made.Server.Status, ctx.Err())
		}
	}
}

// Seeded is what Seed has made.
type Seeded struct {
	EdgePool, CorePool     string // ids of aggregates
	EdgeServer, CoreServer string
}

// The flavors that Seed makes.
const (
	SmallFlavor = "m1.small"
	LargeFlavor = "b6a0f7f4-3a3e-4a6c-9d5b-1f2e3d4c5b6a"
)

// Seed makes two aggregates of the three hosts, two flavors and two servers.
func (s *Stack) Seed(ctx context.Context) (seeded Seeded, err error) {
	n, err := s.Nova(ctx)
	if err != nil {
		return seeded, err
	}
	const tenant = "o2ims.oran.org:tenant"
	if err := n.Flavor(ctx, SmallFlavor, "m1.small", 1, 512, 1); err != nil {
		return seeded, err
	}
	if err := n.Flavor(ctx, LargeFlavor, "m1.large", 4, 2048, 10); err != nil {
		return seeded, err
	}
	if seeded.EdgePool, err = n.Aggregate(ctx, "edge-compute", "edge-1", map[string]string{tenant: "north", "purpose": "edge"}, "fake-1", "fake-2"); err != nil {
		return seeded, err
	}
	if seeded.CorePool, err = n.Aggregate(ctx, "core-compute", "core-1", nil, "fake-3"); err != nil {
		return seeded, err
	}
	if seeded.EdgeServer, err = n.Server(ctx, "edge-vm", SmallFlavor, "edge-1", map[string]string{tenant: "north"}); err != nil {
		return seeded, err
	}
	seeded.CoreServer, err = n.Server(ctx, "core-vm", LargeFlavor, "core-1", map[string]string{"role": "core"})
	return seeded, err
}
