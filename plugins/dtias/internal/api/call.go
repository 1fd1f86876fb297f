package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/netweave/netweave/sdk"
)

// Site reads a site.
func (c *Client) Site(ctx context.Context, id string) (*Site, error) {
	var site Site
	x := exchange{doing: fmt.Sprintf("reading the site %q", id), object: fmt.Sprintf("site %q", id), method: http.MethodGet, into: &site}
	path, ok := objectPath(pathSites, id)
	if !ok {
		return nil, notThere(x.object)
	}
	x.path = path
	if err := c.read(ctx, x); err != nil {
		return nil, err
	}
	if site.ID != id {
		return nil, sdk.Errorf(sdk.Unavailable, "%s: DTIAS answered with the site %q", x.doing, printable(site.ID, 60))
	}
	return &site, nil
}

// Pool reads a pool.
func (c *Client) Pool(ctx context.Context, id string) (*Pool, error) {
	var a poolAnswer
	x := poolExchange("reading", id, http.MethodGet)
	x.into = &a
	path, ok := objectPath(pathPools, id)
	if !ok {
		return nil, notThere(x.object)
	}
	x.path = path
	if err := c.read(ctx, x); err != nil {
		return nil, err
	}
	switch {
	case a.Error != nil && codeOf(http.StatusOK, a.Error.Code) == sdk.NotFound:
		return nil, notThere(x.object)
	case a.Error != nil:
		return nil, inBody(x, a.Error)
	case a.Pool == nil:
		return nil, empty(x, "Rp")
	}
	return samePool(x, a.Pool, id)
}

// CreatePool creates a pool.
func (c *Client) CreatePool(ctx context.Context, want NewPool) (*Pool, error) {
	var made Pool
	x := exchange{doing: fmt.Sprintf("creating the resource pool %q", want.Name), method: http.MethodPost, path: pathPoolWrites, body: want, into: &made}
	if err := c.write(ctx, x); err != nil {
		return nil, err
	}
	if made.ID == "" {
		return nil, empty(x, "id")
	}
	return &made, nil
}

// UpdatePool changes a pool.
func (c *Client) UpdatePool(ctx context.Context, id string, want PoolChange) (*Pool, error) {
	var changed Pool
	x := poolExchange("changing", id, http.MethodPut)
	x.body, x.into = want, &changed
	path, ok := objectPath(pathPoolWrites, id)
	if !ok {
		return nil, notThere(x.object)
	}
	x.path = path
	if err := c.write(ctx, x); err != nil {
		return nil, err
	}
	return samePool(x, &changed, id)
}

// DeletePool deletes a pool.
func (c *Client) DeletePool(ctx context.Context, id string) error {
	x := poolExchange("deleting", id, http.MethodDelete)
	path, ok := objectPath(pathPoolWrites, id)
	if !ok {
		return notThere(x.object)
	}
	x.path = path
	return c.write(ctx, x)
}

// Allocate takes a server out of what a pool has. Its error has code NotFound if
// pool or type are not there.
func (c *Client) Allocate(ctx context.Context, want Allocation) (*Server, error) {
	var made Server
	x := exchange{
		doing:  fmt.Sprintf("allocating a server in the resource pool %q", want.ServerPoolID),
		object: fmt.Sprintf("resource pool %q with servers of type %q", want.ServerPoolID, want.ServerTypeID),
		method: http.MethodPost, path: pathAllocate, body: want, into: &made,
	}
	if err := c.write(ctx, x); err != nil {
		return nil, err
	}
	if made.ID == "" {
		return nil, empty(x, "id")
	}
	return &made, nil
}

// SetMetadata replaces what is noted on a server.
func (c *Client) SetMetadata(ctx context.Context, id string, metadata Metadata) (*Server, error) {
	var changed Server
	x := serverExchange("noting on", id, http.MethodPut)
	x.body, x.into = serverChange{Metadata: metadata}, &changed
	path, ok := objectPath(pathServers, id)
	if !ok {
		return nil, notThere(x.object)
	}
	x.path = path + "/" + metadataOfServer
	if err := c.write(ctx, x); err != nil {
		return nil, err
	}
	if changed.ID != id {
		return nil, sdk.Errorf(sdk.Unavailable, "%s: DTIAS answered with the server %q", x.doing, printable(changed.ID, 60))
	}
	return &changed, nil
}

// Release gives a server back.
func (c *Client) Release(ctx context.Context, id string) error {
	x := serverExchange("releasing", id, http.MethodPost)
	x.path, x.body = pathRelease, release{ID: id}
	return c.write(ctx, x)
}

func poolExchange(doing, id, method string) exchange {
	return exchange{doing: fmt.Sprintf("%s the resource pool %q", doing, id), object: fmt.Sprintf("resource pool %q", id), method: method}
}

func serverExchange(doing, id, method string) exchange {
	return exchange{doing: fmt.Sprintf("%s the server %q", doing, id), object: fmt.Sprintf("server %q", id), method: method}
}

func samePool(x exchange, p *Pool, id string) (*Pool, error) {
	if p.ID != id {
		return nil, sdk.Errorf(sdk.Unavailable, "%s: DTIAS answered with the resource pool %q", x.doing, printable(p.ID, 60))
	}
	return p, nil
}
