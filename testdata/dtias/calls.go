package dtias

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// request is what a call is made from.
type request struct {
	*http.Request
	id     string
	struck map[string]Fault
}

func (r request) meets(kind string) bool {
	_, ok := r.struck[kind]
	return ok
}

// call is one call of the contract.
type call struct {
	id  string
	run func(w *World, r request) (status int, answer any, refused *refusal)
}

var calls = map[string]func(*World, request) (int, any, *refusal){
	"GET /version":                         version,
	"GET /inventory/sites/{id}":            getSite,
	"GET /inventory/resourcepools":         listPools,
	"GET /inventory/resourcepools/{id}":    getPool,
	"POST /resourcepools":                  postPool,
	"PUT /resourcepools/{id}":              putPool,
	"DELETE /resourcepools/{id}":           deletePool,
	"GET /inventory/servers":               listServers,
	"PUT /inventory/servers/{id}/metadata": putMetadata,
	"POST /resources/allocate":             postAllocate,
	"POST /resources/release":              postRelease,
	"GET /resourcetypes":                   listTypes,
}

// match finds the call and its route. Ids are taken as they were escaped.
func match(r *http.Request) (route string, found *call) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v2/")
	if !ok {
		return r.Method + " elsewhere", nil
	}
	parts := strings.Split(path, "/")
	for route, run := range calls {
		method, pattern, _ := strings.Cut(route, " /")
		wanted := strings.Split(pattern, "/")
		if method != r.Method || len(wanted) != len(parts) {
			continue
		}
		id, fits := "", true
		for i, part := range parts {
			if wanted[i] == "{id}" && part != "" {
				id, _ = url.PathUnescape(part) // the server's own parser took it
			} else if wanted[i] != part {
				fits = false
			}
		}
		if fits {
			return route, &call{id: id, run: run}
		}
	}
	return r.Method + " elsewhere", nil
}

func version(_ *World, r request) (int, any, *refusal) {
	return http.StatusOK, map[string]string{"version": "2.0.0-contract"}, r.only()
}

func getSite(_ *World, r request) (int, any, *refusal) {
	for i := range sites {
		if sites[i].ID == r.id {
			return http.StatusOK, &sites[i], r.only()
		}
	}
	return 0, nil, notFound("site", r.id)
}

func listPools(w *World, r request) (int, any, *refusal) {
	site := r.URL.Query().Get("siteId")
	if site != "" && !slices.ContainsFunc(sites, func(s Site) bool { return s.ID == site }) {
		return 0, nil, notFound("site", site)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return http.StatusOK, &poolsAnswer{Pools: w.poolsLocked(site)}, r.only("siteId")
}

func getPool(w *World, r request) (int, any, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pools[r.id]
	if p == nil {
		return 0, nil, notFound("resource pool", r.id)
	}
	shown := w.shownPoolLocked(p)
	return http.StatusOK, &poolAnswer{Pool: &shown}, r.only()
}

func postPool(w *World, r request) (int, any, *refusal) {
	return write(r, http.StatusCreated, func(in newPool) (Pool, *refusal) {
		if r.meets(Forget) {
			in.Metadata = nil
		}
		return w.createPool(in)
	})
}

func putPool(w *World, r request) (int, any, *refusal) {
	return write(r, http.StatusOK, func(in poolChange) (Pool, *refusal) { return w.updatePool(r.id, in) })
}

func deletePool(w *World, r request) (int, any, *refusal) {
	return http.StatusNoContent, nil, w.deletePool(r.id)
}

func listServers(w *World, r request) (int, any, *refusal) {
	if refused := r.only("resourcePool", "resourceProfileId", "location", "pageSize", "pageNumber"); refused != nil {
		return 0, nil, refused
	}
	q := r.URL.Query()
	w.mu.Lock()
	all := w.machinesLocked(func(m *Machine) bool {
		return fits(q.Get("resourcePool"), m.ServerPoolID) && fits(q.Get("resourceProfileId"), m.Type) && fits(q.Get("location"), m.Location.Datacenter)
	})
	w.mu.Unlock()
	page, _, refused := paged(r, all)
	return http.StatusOK, &serversAnswer{Count: strconv.Itoa(len(all)), Full: page}, refused
}

func fits(wanted, is string) bool { return wanted == "" || wanted == is }

func putMetadata(w *World, r request) (int, any, *refusal) {
	return write(r, http.StatusOK, func(in machineChange) (Machine, *refusal) { return w.changeMachine(r.id, in) })
}

func postAllocate(w *World, r request) (int, any, *refusal) {
	return write(r, http.StatusCreated, func(in allocation) (Machine, *refusal) {
		if r.meets(Forget) {
			in.Metadata = nil
		}
		return w.allocate(in)
	})
}

func postRelease(w *World, r request) (int, any, *refusal) {
	return write(r, http.StatusOK, func(in release) (struct{}, *refusal) { return struct{}{}, w.release(in) })
}

func listTypes(_ *World, r request) (int, any, *refusal) {
	if refused := r.only("pageSize", "pageNumber"); refused != nil {
		return 0, nil, refused
	}
	page, at, refused := paged(r, slices.Clone(types))
	return http.StatusOK, &typesAnswer{Types: page, Pagination: at}, refused
}

// only refuses query parameters that the call does not have.
func (r request) only(names ...string) *refusal {
	for name := range r.URL.Query() {
		if !slices.Contains(names, name) {
			return invalid("there is no parameter %q", name)
		}
	}
	return nil
}

// maxPage is the greatest page, whatever is asked for.
const maxPage = 500

// paged cuts a page out; pages are counted from 1.
func paged[T any](r request, all []T) ([]T, pagination, *refusal) {
	at := pagination{PageNumber: 1, PageSize: 50, TotalCount: len(all)}
	q := r.URL.Query()
	for name, into := range map[string]*int{"pageNumber": &at.PageNumber, "pageSize": &at.PageSize} {
		if !q.Has(name) {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 1 {
			return nil, at, invalid("%s is %q: it must be a number from 1", name, q.Get(name))
		}
		*into = n
	}
	at.PageSize = min(at.PageSize, maxPage)
	at.TotalPages = (len(all) + at.PageSize - 1) / at.PageSize
	page := at.PageNumber
	if r.meets(RepeatPage) {
		page = 1
	}
	from := min((page-1)*at.PageSize, len(all))
	return all[from:min(from+at.PageSize, len(all))], at, nil
}

// write reads a body of exactly one shape and does what it says.
func write[In, Out any](r request, status int, do func(In) (Out, *refusal)) (int, any, *refusal) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return 0, nil, &refusal{http.StatusUnsupportedMediaType, Problem{Code: "INVALID_REQUEST", Message: "send application/json"}}
	}
	var in In
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return 0, nil, invalid("the body is not as it should be: %v", err)
	}
	out, refused := do(in)
	return status, &out, refused
}
