package o2

import "testing"

// TestSealSeesEveryField changes each field of each noun in turn: what is shown
// must change the digest, and what is canonical state the state digest too.
func TestSealSeesEveryField(t *testing.T) {
	type change struct {
		name         string
		shown, state bool
		do           func()
	}
	header := func(h *Header) []change {
		return []change{
			{"id", true, true, func() { h.ID = "x" }},
			{"native id", true, true, func() { h.NativeID = "x" }},
			{"tenant", true, true, func() { h.Tenant = "x" }},
			{"name", true, true, func() { h.Name = "x" }},
			{"description", true, true, func() { h.Description = "x" }},
			{"extensions", true, true, func() { h.Extensions = `{"x":1}` }},
			{"volatile", true, false, func() { h.Volatile = `{"x":1}` }},
			{"revision", false, false, func() { h.Revision = 7 }},
			{"nothing", false, false, func() {}},
		}
	}
	nouns := map[string]func() (Object, []change){
		"DeploymentManager": func() (Object, []change) {
			d := &DeploymentManager{}
			return d, append(header(&d.Header),
				change{"oCloudId", true, true, func() { d.OCloudID = "x" }},
				change{"serviceUri", true, true, func() { d.ServiceURI = "x" }},
				change{"supportedLocations", true, true, func() { d.SupportedLocations = []string{""} }},
				change{"capabilities", true, true, func() { d.Capabilities = `{"x":1}` }},
				change{"capacity", true, false, func() { d.Capacity = `{"x":1}` }})
		},
		"ResourcePool": func() (Object, []change) {
			p := &ResourcePool{}
			return p, append(header(&p.Header),
				change{"oCloudId", true, true, func() { p.OCloudID = "x" }},
				change{"location", true, true, func() { p.Location = "x" }},
				change{"globalLocationId", true, true, func() { p.GlobalLocationID = "x" }})
		},
		"Resource": func() (Object, []change) {
			r := &Resource{}
			return r, append(header(&r.Header),
				change{"resourceTypeId", true, true, func() { r.ResourceTypeID = "x" }},
				change{"resourcePoolId", true, true, func() { r.ResourcePoolID = "x" }},
				change{"parentId", true, true, func() { r.ParentID = "x" }},
				change{"globalAssetId", true, true, func() { r.GlobalAssetID = "x" }},
				change{"tags", true, true, func() { r.Tags = []string{""} }})
		},
		"ResourceType": func() (Object, []change) {
			r := &ResourceType{}
			return r, append(header(&r.Header),
				change{"vendor", true, true, func() { r.Vendor = "x" }},
				change{"model", true, true, func() { r.Model = "x" }},
				change{"version", true, true, func() { r.Version = "x" }},
				change{"resourceKind", true, true, func() { r.ResourceKind = "x" }},
				change{"resourceClass", true, true, func() { r.ResourceClass = "x" }})
		},
	}
	seen := map[Digest]string{}
	for noun, fresh := range nouns {
		_, changes := fresh()
		for i := range changes {
			o, changes := fresh()
			Seal(o)
			before := *o.Head()
			c := changes[i]
			c.do()
			Seal(o)
			after := o.Head()
			if (after.Digest != before.Digest) != c.shown || (after.StateDigest != before.StateDigest) != c.state {
				t.Errorf("%s: a change of %s changes the digest: %v, the state's: %v; want %v, %v", noun, c.name,
					after.Digest != before.Digest, after.StateDigest != before.StateDigest, c.shown, c.state)
			}
			if c.shown {
				if other, twice := seen[after.Digest]; twice {
					t.Errorf("%s and %s %s share a digest", other, noun, c.name)
				}
				seen[after.Digest] = noun + " " + c.name
			}
		}
	}
}

// TestSealIsTheSameForEver pins a digest: told records in stores and ETags of
// other processes compare with it.
func TestSealIsTheSameForEver(t *testing.T) {
	r := &Resource{
		Header:         Header{ID: "i", NativeID: "n", Tenant: "t", Name: "m", Description: "d", Extensions: `{"a":1}`, Volatile: `{"b":2}`},
		ResourceTypeID: "rt", ResourcePoolID: "rp", ParentID: "p", GlobalAssetID: "g", Tags: []string{"x", "y"},
	}
	Seal(r)
	if got, want := r.Digest.String(), "13e3ca0362bf0d0c32309744bdedd332"; got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
	if got, want := r.StateDigest.String(), "0ec5d0b1f351c914c3cf2225bbfeadb1"; got != want {
		t.Errorf("state digest %s, want %s", got, want)
	}
}
