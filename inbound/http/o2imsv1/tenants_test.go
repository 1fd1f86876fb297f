package o2imsv1

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

// floor is an inventory of several owners: the Reader as the core keeps it, for
// callers who may read their tenant's objects and shared ones, and the platform all.
type floor []*item

type item struct {
	object o2.Object
	owner  string
}

func (i *item) Object() o2.Object              { return i.object }
func (i *item) Encoded(inventory.Shape) []byte { return Project(i.object) }

func reached(sc scope.Scope) scope.Scope {
	if sc.Platform() {
		return sc.Within(scope.ReachAll)
	}
	return sc.Within(scope.ReachTenant | scope.ReachShared)
}

func (f floor) List(_ context.Context, sc scope.Scope, q inventory.Query) (inventory.Page, error) {
	page, h := inventory.Page{}, sha256.New()
	for _, i := range f {
		if id := i.object.Head().ID; i.object.Kind() != q.Kind || id <= q.After || !reached(sc).Sees(i.owner) || !q.Filter.Match(i.object) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.More = true
			break
		}
		page.Items = append(page.Items, i)
		h.Write(i.object.Head().Digest[:])
	}
	fmt.Fprint(h, page.More)
	page.Digest = o2.Digest(h.Sum(nil)[:16])
	return page, nil
}

func (f floor) Get(_ context.Context, sc scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, inventory.Freshness, error) {
	for _, i := range f {
		if i.object.Kind() == kind && i.object.Head().ID == id && reached(sc).Sees(i.owner) {
			return i, inventory.Freshness{}, nil
		}
	}
	return nil, inventory.Freshness{}, inventory.ErrNotFound
}

type everyone struct{}

func (everyone) Authorize(_ context.Context, sc scope.Scope, _ authz.Request) (scope.Scope, error) {
	return reached(sc), nil
}

// house is the API over a floor, with callers of several tenants.
type house struct {
	t       *testing.T
	handler http.Handler
}

var (
	alice    = scope.New(scope.Identity{Tenant: "acme", User: "alice"})
	arthur   = scope.New(scope.Identity{Tenant: "acme", User: "arthur"})
	bob      = scope.New(scope.Identity{Tenant: "bolt", User: "bob"})
	root     = scope.New(scope.Identity{Platform: true, User: "root"})
	namesake = scope.New(scope.Identity{Tenant: scope.PlatformTenant, User: "root"}) // which no tenant is
)

func newHouse(t *testing.T, f floor) *house {
	t.Helper()
	slices.SortFunc(f, func(a, b *item) int { return strings.Compare(string(a.object.Head().ID), string(b.object.Head().ID)) })
	a, err := New(o2ims.Config{DefaultPageSize: 100, MaxPageSize: 1000}, o2ims.Services{Reader: f}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	a.Routes(r, guard.New(guard.Config{Authorizer: everyone{}, Logger: slog.New(slog.DiscardHandler)}))
	return &house{t, r}
}

func (h *house) get(sc scope.Scope, path string, headers ...string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	e, r := exchange.Begin(w, r, "r")
	defer e.End()
	e.Scope = sc
	h.handler.ServeHTTP(w, r)
	return w
}

func owned(n int, owner, name string) *item {
	o := &o2.Resource{Header: o2.Header{
		ID: o2.ID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)), NativeID: fmt.Sprint(n), Backend: "b", Name: name,
	}}
	o2.Seal(o)
	return &item{o, owner}
}

const resourcesPath = Base + "/resources"

// TestMarkersAreOneTenants: a marker continues the list of whoever it was given to,
// and is no marker to anybody else.
func TestMarkersAreOneTenants(t *testing.T) {
	var f floor
	for n := range 40 {
		f = append(f, owned(n+1, []string{"acme", "bolt", scope.SharedOwner, ""}[n%4], "r"))
	}
	h := newHouse(t, f)
	everybody := map[string]scope.Scope{"alice": alice, "bob": bob, "root": root, "a namesake": namesake, "nobody": {}}
	for from, sc := range everybody {
		link := h.get(sc, resourcesPath+"?limit=2").Header().Get("Link")
		at := strings.Index(link, reading.ParamMarker+"=")
		if at < 0 {
			if from != "nobody" {
				t.Errorf("%s is given no marker: %q", from, link)
			}
			continue
		}
		marker := link[at : at+strings.IndexByte(link[at:], '>')]
		for to, other := range everybody {
			w := h.get(other, resourcesPath+"?limit=2&"+marker)
			if from == to && w.Code != http.StatusOK || from != to && w.Code != http.StatusBadRequest {
				t.Errorf("the marker of %s, sent by %s, gets %d: %s", from, to, w.Code, w.Body)
			}
			if from != to && !strings.Contains(w.Body.String(), "start again without") {
				t.Errorf("the marker of %s, sent by %s: %s", from, to, w.Body)
			}
		}
		if from == "alice" {
			if w := h.get(arthur, resourcesPath+"?limit=2&"+marker); w.Code != http.StatusOK {
				t.Errorf("the marker of a tenant's one user, sent by another, gets %d", w.Code)
			}
		}
	}
}

// TestTagsTellNothingOfOthers: a tag that another holds gets 304 from nobody who
// would not be sent the very same bytes under that very tag.
func TestTagsTellNothingOfOthers(t *testing.T) {
	h := newHouse(t, floor{
		owned(1, "acme", "same"), owned(2, "bolt", "same"), owned(3, scope.SharedOwner, "shared"), owned(4, "", "hidden"),
		owned(5, "acme", "own"), owned(6, "bolt", "own"),
	})
	paths := []string{resourcesPath, resourcesPath + "?limit=1", resourcesPath + "?fields=name", resourcesPath + "?filter=(eq,name,none)", resourcesPath + "?filter=(eq,name,shared)"}
	for n := range 7 {
		paths = append(paths, fmt.Sprintf("%s/%08x-0000-4000-8000-000000000000", resourcesPath, n))
	}
	callers := []scope.Scope{alice, bob, root, namesake, {}}
	for _, path := range paths {
		for _, held := range paths {
			for _, holder := range callers {
				tag := h.get(holder, held).Header().Get("Etag")
				if tag == "" {
					continue
				}
				for _, sc := range callers {
					plain, conditional := h.get(sc, path), h.get(sc, path, "If-None-Match", tag)
					same := plain.Code == http.StatusOK && plain.Header().Get("Etag") == tag
					switch {
					case same && conditional.Code != http.StatusNotModified, !same && conditional.Code != plain.Code:
						t.Errorf("%s: %q asks with the tag that %q has of %s: %d, and without %d", path, sc.Home(), holder.Home(), held, conditional.Code, plain.Code)
					case same && plain.Body.String() != h.get(holder, held).Body.String():
						t.Errorf("%s and %s have one tag and other bytes", path, held)
					case !same && conditional.Body.String() != plain.Body.String():
						t.Errorf("%s: %q is answered otherwise with the tag of %q", path, sc.Home(), holder.Home())
					}
				}
			}
			if code := h.get(bob, path, "If-None-Match", "*").Code; code == http.StatusNotModified && h.get(bob, path).Code != http.StatusOK {
				t.Errorf("%s: any tag gets 304 of what is not there", path)
			}
		}
	}
	// Not even lists of the same objects share one.
	if a, b := h.get(alice, paths[4]), h.get(bob, paths[4]); a.Body.String() != b.Body.String() || a.Header().Get("Etag") == b.Header().Get("Etag") {
		t.Errorf("two tenants' lists of what is shared: %s and %s", a.Header().Get("Etag"), b.Header().Get("Etag"))
	}
}

// TestKeptPagesAreNobodyElses: pages that are asked for again and again come from
// memory, and are still each caller's own.
func TestKeptPagesAreNobodyElses(t *testing.T) {
	var f floor
	for n := range 30 {
		f = append(f, owned(n+1, []string{"acme", "bolt", scope.SharedOwner}[n%3], "r"))
	}
	kept := newHouse(t, f)
	for _, path := range []string{resourcesPath, resourcesPath + "?limit=3", resourcesPath + "?fields=name", resourcesPath + "?filter=(eq,name,r)"} {
		want := map[string]string{}
		for _, sc := range []scope.Scope{alice, bob, root} {
			want[sc.Home()] = newHouse(t, f).get(sc, path).Body.String()
		}
		if want["acme"] == want["bolt"] || want["acme"] == want["platform"] {
			t.Fatalf("%s: the test has callers who get the same", path)
		}
		for round := range 4 {
			for _, sc := range []scope.Scope{alice, bob, root, arthur} {
				if got := kept.get(sc, path).Body.String(); got != want[sc.Home()] {
					t.Fatalf("%s, round %d: %s gets %s, want %s", path, round, sc.Home(), got, want[sc.Home()])
				}
			}
		}
	}
}

// TestAnothersIsAsNoneInPaths: the answer to another tenant's id is that to an
// unknown one, header by header.
func TestAnothersIsAsNoneInPaths(t *testing.T) {
	pool := &o2.ResourcePool{Header: o2.Header{ID: "000000aa-0000-4000-8000-000000000000", NativeID: "p", Backend: "b", Name: "p"}}
	o2.Seal(pool)
	h := newHouse(t, floor{owned(1, "bolt", "theirs"), owned(2, "", "hidden"), {pool, "bolt"}})
	const unknown = "000000ff-0000-4000-8000-000000000000"
	for _, tt := range []struct{ path, id string }{
		{resourcesPath + "/%s", "00000001-0000-4000-8000-000000000000"},
		{resourcesPath + "/%s", "00000002-0000-4000-8000-000000000000"},
		{resourcesPath + "/%s?fields=name", "00000001-0000-4000-8000-000000000000"},
		{Base + "/resourcePools/%s", string(pool.ID)},
		{Base + "/resourcePools/%s/resources", string(pool.ID)},
		{resourcesPath + "?filter=(eq,resourceId,%s)", "00000001-0000-4000-8000-000000000000"},
	} {
		theirs, none := h.get(alice, fmt.Sprintf(tt.path, tt.id)), h.get(alice, fmt.Sprintf(tt.path, unknown))
		got, want := strings.ReplaceAll(theirs.Body.String(), tt.id, unknown), none.Body.String()
		theirs.Header().Del("Etag") // a list's has the filter in it
		none.Header().Del("Etag")
		if theirs.Code != none.Code || got != want || fmt.Sprint(theirs.Header()) != fmt.Sprint(none.Header()) {
			t.Errorf("%s: %d %s %v\nand of none %d %s %v", tt.path, theirs.Code, got, theirs.Header(), none.Code, want, none.Header())
		}
	}
}
