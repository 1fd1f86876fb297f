package o2

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

// everyNoun has every field of every noun set.
func everyNoun() []Object {
	head := Header{
		ID: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", NativeID: "native", Backend: "lab", Tenant: "smo", Revision: 1 << 40,
		Name: "a name", Description: "ä", Extensions: `{"a":1}`, Volatile: `{"b":2}`,
	}
	return []Object{
		&DeploymentManager{Header: head, OCloudID: "cloud", ServiceURI: "https://x", SupportedLocations: []string{"a", ""}, Capabilities: `{"c":1}`, Capacity: `{"d":1}`},
		&ResourcePool{Header: head, OCloudID: "cloud", Location: "here", GlobalLocationID: "there"},
		fullPool(head), &ResourcePool{Header: head, UpdatedAt: time.UnixMilli(5).UTC(), Metrics: &PoolMetrics{CPUUsed: -1, Nodes: -1}},
		&ResourcePool{Header: head, Site: &Site{NativeID: "s", Location: Location{GlobalID: "g", Coordinate: &Coordinate{Longitude: 1}}}},
		&Alarm{
			Header: head, Source: "lab", ResourceTypeID: "t", ResourceID: "r", DefinitionID: "d", ProbableCauseID: "c",
			Severity: SeverityCleared, Clearing: ClearingManual, RaisedAt: time.UnixMilli(1).UTC(), ChangedAt: time.UnixMilli(2).UTC(),
			ClearedAt: time.UnixMilli(3).UTC(), AcknowledgedAt: time.UnixMilli(4).UTC(), Acknowledged: true,
		},
		&Alarm{Header: head, Source: "lab", Severity: SeverityCleared, ProbableCause: "C", Held: true},
		&ResourceType{Header: head, Vendor: "v", AlarmDictionaryVersion: "7", Alarms: []AlarmDefinition{
			{ID: "i", NativeID: "n", Name: "N", LastChange: "6", Change: AlarmAdded, Description: "d", RepairActions: "a", Clearing: ClearingAutomatic, ProbableCause: "p", AdditionalFields: `{"x":1}`},
			{ID: "j"},
		}},
		&Resource{Header: head, ResourceTypeID: "t", ResourcePoolID: "p", ParentID: "q", GlobalAssetID: "g", Tags: []string{"x"}},
		&ResourceType{Header: head, Vendor: "v", Model: "m", Version: "1", ResourceKind: ResourceKindPhysical, ResourceClass: ResourceClassCompute},
		&Resource{Header: Header{ID: "x"}},
	}
}

// older reports whether short is o without what an older version did not write.
func older(o, short Object) bool {
	switch o.(type) {
	case *ResourcePool, *ResourceType, *Alarm:
		again, err := Decode(Encode(short))
		return err == nil && reflect.DeepEqual(again, short)
	}
	return false
}

func fullPool(head Header) *ResourcePool {
	altitude := -1.5
	return &ResourcePool{
		Header: head, OCloudID: "cloud", Tags: []string{"x", ""}, CreatedAt: time.UnixMilli(7).UTC(), UpdatedAt: time.UnixMilli(8).UTC(),
		Site: &Site{NativeID: "s", Name: "S", Description: "D", Location: Location{
			GlobalID: "g", Name: "G", Description: "d", Address: "a", Coordinate: &Coordinate{Longitude: -1, Latitude: 2, Altitude: &altitude},
			CivicAddress: []CivicElement{{Type: 1, Value: "v"}, {Type: 255}}, Extensions: `{"e":1}`,
		}},
		Health:  &PoolHealth{Status: HealthDegraded, AvailableCapacity: 12.5, Utilization: -1},
		Metrics: &PoolMetrics{At: time.UnixMilli(9).UTC(), CPUCapacity: 1, CPURequested: 2, CPUUsed: 3, MemoryCapacity: 4, MemoryRequested: 5, MemoryUsed: 6, Nodes: 7, HealthyNodes: -1},
	}
}

func TestRecordsKeepEverything(t *testing.T) {
	for _, o := range everyNoun() {
		Seal(o)
		got, err := Decode(Encode(o))
		if err != nil || !reflect.DeepEqual(got, o) {
			t.Errorf("%v: %+v, %v; want %+v", o.Kind(), got, err, o)
		}
		record := Encode(o)
		for n := range record {
			// What an older version did not write yet may be missing, and is then not there.
			if short, err := Decode(record[:n]); err == nil && !older(o, short) {
				t.Errorf("%v: its first %d of %d bytes are taken for a record", o.Kind(), n, len(record))
			}
		}
		if _, err := Decode(append(record, 0)); err == nil {
			t.Errorf("%v: what follows a record is ignored", o.Kind())
		}
	}
}

// TestRecordsStayReadable pins version 1: what is in stores must stay readable.
func TestRecordsStayReadable(t *testing.T) {
	p := &ResourcePool{Header: Header{ID: "i", NativeID: "n", Backend: "b", Tenant: "t", Name: "N", Revision: 3}, OCloudID: "c", Location: "l"}
	Seal(p)
	if got, want := hex.EncodeToString(Encode(p)), "0101"+"0162"+"03"+"0169"+"016e"+"0174"+"014e"+"00"+"00"+"00"+"0163"+"016c"+"00"; got != want {
		t.Errorf("record %s, want %s", got, want)
	}
}

func TestDecodeRefusesTheUnknown(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "another version": "\x02\x01", "another kind": "\x01\x09" + strings.Repeat("\x00", 20),
		"a text beyond the end": "\x01\x01\x7fx", "a number without end": "\x01\x01" + strings.Repeat("\xff", 20),
	} {
		if o, err := Decode([]byte(raw)); err == nil {
			t.Errorf("%s: %v", name, o)
		}
	}
}

func TestCanonicalHoldsCanonicalStateAlone(t *testing.T) {
	for _, o := range everyNoun() {
		Seal(o)
		c := Canonical(o)
		if c.Head().StateDigest != o.Head().StateDigest {
			t.Errorf("%v: the canonical object has another state", o.Kind())
		}
		if Canonical(c) != c {
			t.Errorf("%v: the canonical object is not its own", o.Kind())
		}
		if c.Head().Volatile != "" || c.Head().Revision != 0 {
			t.Errorf("%v: %+v", o.Kind(), c.Head())
		}
		if d, ok := c.(*DeploymentManager); ok && d.Capacity != "" {
			t.Errorf("capacity %q", d.Capacity)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, o := range everyNoun() {
		f.Add(Encode(o))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := Decode(raw)
		if err != nil {
			return
		}
		again, err := Decode(Encode(o))
		if err != nil || again.Head().Digest != o.Head().Digest {
			t.Fatalf("%x: %v", raw, err)
		}
	})
}

func TestSubscriptionRecords(t *testing.T) {
	at := time.Date(2026, 1, 6, 10, 30, 0, 123e6, time.UTC)
	s := &Subscription{
		ID: NewID(), Tenant: "smo", Platform: true, Owner: "alice", Surface: "o2ims/v1", Callback: "https://smo.example.com/n",
		ConsumerSubscriptionID: "c", Filter: "(eq,name,x)", Secret: "whsec_x", InitialState: true, Version: 3, CreatedAt: at, UpdatedAt: at,
	}
	raw, err := EncodeSubscription(s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeSubscription(raw); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%+v, %v; want %+v", got, err, s)
	}
	for _, raw := range []string{"", "{}", `{"id":"x","version":1}`, `{"id":"` + string(s.ID) + `"}`} {
		if got, err := DecodeSubscription([]byte(raw)); err == nil {
			t.Errorf("%q: %+v", raw, got)
		}
	}
}

func TestLikeness(t *testing.T) {
	base := Subscription{ID: "a", Tenant: "t", Surface: "s", Callback: "c", ConsumerSubscriptionID: "i", Filter: "f"}
	same := base
	same.ID, same.Owner, same.Secret, same.InitialState, same.Version = "b", "x", "y", true, 7
	if base.Likeness() != same.Likeness() {
		t.Error("what does not make a duplicate different does")
	}
	seen := map[string]bool{base.Likeness(): true}
	for _, change := range []func(*Subscription){
		func(s *Subscription) { s.Tenant = "x" }, func(s *Subscription) { s.Platform = true }, func(s *Subscription) { s.Surface = "x" },
		func(s *Subscription) { s.Callback = "x" }, func(s *Subscription) { s.ConsumerSubscriptionID = "x" }, func(s *Subscription) { s.Filter = "x" },
		func(s *Subscription) { s.Callback, s.ConsumerSubscriptionID = "ci", "" },
	} {
		s := base
		change(&s)
		if l := s.Likeness(); seen[l] {
			t.Errorf("%+v is taken for a duplicate", s)
		} else {
			seen[l] = true
		}
	}
}

func TestSees(t *testing.T) {
	for _, kind := range Kinds() {
		if s := (&Subscription{Tenant: "a"}); !s.Sees(kind, "a") || s.Sees(kind, "b") || s.Sees(kind, "") || s.Sees(kind, sharedOwner) {
			t.Error("a tenant's subscription sees what it should not, or not what it should")
		}
		if s := (&Subscription{Platform: true}); !s.Sees(kind, "a") || !s.Sees(kind, "") || !s.Sees(kind, sharedOwner) {
			t.Error("the platform's does not see everything")
		}
	}
	s := &Subscription{Tenant: "a", Platform: true, Reaches: Reaches{KindResource: ReachShared, KindResourcePool: ReachTenant}}
	if s.Sees(KindResource, "a") || !s.Sees(KindResource, sharedOwner) || !s.Sees(KindResourcePool, "a") || s.Sees(KindResourceType, "a") {
		t.Error("its reaches are not what it sees by")
	}
}

func TestSecretsStaySecret(t *testing.T) {
	const text = "hunter2"
	s := &Subscription{Secret: text}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s.Secret, "subscription", s)
	for how, shown := range map[string]string{
		"%v": fmt.Sprintf("%v", *s), "%+v": fmt.Sprintf("%+v", s), "%#v": fmt.Sprintf("%#v", *s), "%s": s.Secret.String(),
		"%q": fmt.Sprintf("%q", s.Secret), "json": string(raw), "log": log.String(),
	} {
		if strings.Contains(shown, text) || !strings.Contains(shown, "redacted") {
			t.Errorf("%s shows %s", how, shown)
		}
	}
	if s.Secret.Reveal() != text || Secret("").String() != "" {
		t.Error("Reveal and String")
	}
}

func TestEventIDs(t *testing.T) {
	key := ObjectKey{KindResource, "o"}
	id := EventID("i", key, 1, Digest{1}, Digest{2}, "s")
	if id != EventID("i", key, 1, Digest{1}, Digest{2}, "s") {
		t.Error("equal events have different ids")
	}
	if _, ok := ParseID(string(id)); !ok || id[14] != '5' {
		t.Errorf("%s is no UUIDv5", id)
	}
	seen := map[ID]bool{id: true}
	for _, other := range []ID{
		EventID("j", key, 1, Digest{1}, Digest{2}, "s"), EventID("i", ObjectKey{KindResourcePool, "o"}, 1, Digest{1}, Digest{2}, "s"),
		EventID("i", ObjectKey{KindResource, "p"}, 1, Digest{1}, Digest{2}, "s"), EventID("i", key, 2, Digest{1}, Digest{2}, "s"),
		EventID("i", key, 1, Digest{}, Digest{2}, "s"), EventID("i", key, 1, Digest{1}, Digest{}, "s"), EventID("i", key, 1, Digest{1}, Digest{2}, "t"),
	} {
		if seen[other] {
			t.Errorf("%s is the id of two events", other)
		}
		seen[other] = true
	}
	for want, got := range map[string]EventType{"created": EventCreated, "modified": EventModified, "deleted": EventDeleted, "resync": EventResync, "EventType(9)": 9} {
		if got.String() != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if a, b := NewID(), NewID(); a == b || a[14] != '4' {
		t.Errorf("random ids %s, %s", a, b)
	}
}
