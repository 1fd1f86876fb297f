package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

type aggregateAnswer struct {
	Aggregate *Aggregate `json:"aggregate"`
}

// CreateAggregate creates a host aggregate; zone may be "".
func (c *Client) CreateAggregate(ctx context.Context, name, zone string) (*Aggregate, error) {
	var body aggregateAnswer
	wanted := map[string]any{"name": name}
	if zone != "" {
		wanted["availability_zone"] = zone
	}
	x := exchange{
		doing: fmt.Sprintf("creating the host aggregate %q", name), service: compute, method: http.MethodPost, path: "os-aggregates",
		body: map[string]any{"aggregate": wanted}, into: &body,
	}
	if err := c.write(ctx, x); err != nil {
		return nil, err
	}
	if body.Aggregate == nil || body.Aggregate.ID == 0 || body.Aggregate.UUID == "" {
		return nil, another(x)
	}
	return body.Aggregate, nil
}

// UpdateAggregate changes name and availability zone; what is "" stays.
func (c *Client) UpdateAggregate(ctx context.Context, a *Aggregate, name, zone string) error {
	wanted := map[string]any{}
	if name != "" {
		wanted["name"] = name
	}
	if zone != "" {
		wanted["availability_zone"] = zone
	}
	x := c.toAggregate("changing", http.MethodPut, a)
	x.body = map[string]any{"aggregate": wanted}
	return c.write(ctx, x)
}

// SetAggregateMetadata sets the values given and removes those that are nil.
func (c *Client) SetAggregateMetadata(ctx context.Context, a *Aggregate, values map[string]*string) error {
	return c.act(ctx, "noting on", a, map[string]any{"set_metadata": map[string]any{"metadata": values}})
}

// AddHost puts a host into an aggregate.
func (c *Client) AddHost(ctx context.Context, a *Aggregate, host string) error {
	return c.act(ctx, fmt.Sprintf("adding the host %q to", host), a, map[string]any{"add_host": map[string]any{"host": host}})
}

// RemoveHost takes a host out of an aggregate.
func (c *Client) RemoveHost(ctx context.Context, a *Aggregate, host string) error {
	return c.act(ctx, fmt.Sprintf("removing the host %q from", host), a, map[string]any{"remove_host": map[string]any{"host": host}})
}

// DeleteAggregate deletes an aggregate that has no hosts.
func (c *Client) DeleteAggregate(ctx context.Context, a *Aggregate) error {
	return c.write(ctx, c.toAggregate("deleting", http.MethodDelete, a))
}

func (c *Client) act(ctx context.Context, doing string, a *Aggregate, action any) error {
	x := c.toAggregate(doing, http.MethodPost, a)
	x.path += "/action"
	x.body = action
	return c.write(ctx, x)
}

func (c *Client) toAggregate(doing, method string, a *Aggregate) exchange {
	return exchange{
		doing: fmt.Sprintf("%s the host aggregate %q", doing, a.Name), object: fmt.Sprintf("host aggregate %q", a.Name),
		service: compute, method: method, path: "os-aggregates/" + strconv.FormatInt(a.ID, 10),
	}
}

// CreateServer asks for a server and returns its id; it is built from then on.
func (c *Client) CreateServer(ctx context.Context, want NewServer) (id string, err error) {
	var body struct {
		Server *struct {
			ID string `json:"id"` // and a password, which is left where it is
		} `json:"server"`
	}
	x := exchange{
		doing: fmt.Sprintf("creating the server %q", want.Name), service: compute, method: http.MethodPost, path: "servers",
		body: map[string]any{"server": want}, into: &body, secret: want.UserData,
	}
	if err := c.write(ctx, x); err != nil {
		return "", err
	}
	if body.Server == nil || !isUUID(body.Server.ID) {
		return "", another(x)
	}
	return body.Server.ID, nil
}

// DeleteServer asks for a server to be deleted.
func (c *Client) DeleteServer(ctx context.Context, id string) error {
	x := exchange{
		doing: fmt.Sprintf("deleting the server %q", id), object: fmt.Sprintf("server %q", id),
		service: compute, method: http.MethodDelete, path: "servers/" + id,
	}
	if !isUUID(id) {
		return notThere(x.object)
	}
	return c.write(ctx, x)
}
