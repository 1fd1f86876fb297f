package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// wrongCode complains about an error that has none of the codes, or that is
// missing; nil if it has one.
func wrongCode(what string, err error, codes ...sdk.Code) error {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = string(code)
	}
	want := strings.Join(names, " or ")
	if err == nil {
		return fmt.Errorf("%s succeeded: it must fail with code %s", what, want)
	}
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok {
		return fmt.Errorf("%s failed with the plain error %q: make it with sdk.Errorf and code %s", what, err.Error(), want)
	}
	for _, code := range codes {
		if e.Code == code {
			return nil
		}
	}
	return fmt.Errorf("%s failed with code %s (%q): the code must be %s", what, e.Code, e.Error(), want)
}

// differs tells in what two versions of an object differ, "" if in nothing that
// a user would call a change: revisions, volatile values, capacities, a pool's
// health, figures and the time of its update may.
func differs(a, b sdk.Object) (string, error) {
	pa, err := message(a)
	if err != nil {
		return "", err
	}
	pb, err := message(b)
	if err != nil {
		return "", err
	}
	return firstDifference(pa.ProtoReflect(), pb.ProtoReflect()), nil
}

// looksLike tells in what a pool differs from what was asked for, "" if in
// nothing. Of the extensions only keys count: the others are for the backend to
// say, and may change while one looks.
func looksLike(want, got *sdk.ResourcePool, keys []string) (string, error) {
	w, g := clonePool(want), clonePool(got)
	w.Extensions, g.Extensions = nil, nil
	if where, err := differs(w, g); err != nil || where != "" {
		return where, err
	}
	for _, key := range keys {
		if a, b := asJSON(want.Extensions[key]), asJSON(got.Extensions[key]); a != b {
			return fmt.Sprintf("extensions[%q]: %s against %s", key, a, b), nil
		}
	}
	return "", nil
}

// changedKeys are the extensions that two versions of a pool do not share.
func changedKeys(a, b *sdk.ResourcePool) []string {
	var keys []string
	for key, value := range b.Extensions {
		if before, ok := a.Extensions[key]; !ok || asJSON(before) != asJSON(value) {
			keys = append(keys, key)
		}
	}
	for key := range a.Extensions {
		if _, ok := b.Extensions[key]; !ok {
			keys = append(keys, key)
		}
	}
	return keys
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func message(o sdk.Object) (*pluginv1.Object, error) {
	p, err := bridge.Encode(o)
	if err != nil {
		return nil, err
	}
	p.Revision, p.VolatileJson = 0, nil
	if dm := p.GetDeploymentManager(); dm != nil {
		dm.CapacityJson = nil
	}
	if pool := p.GetResourcePool(); pool != nil {
		pool.UpdatedAtMs, pool.Health, pool.Metrics = 0, nil, nil
	}
	return p, nil
}

func firstDifference(a, b protoreflect.Message) string {
	fields := a.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		va, vb := a.Get(f), b.Get(f)
		if va.Equal(vb) && a.Has(f) == b.Has(f) {
			continue
		}
		name := strings.TrimSuffix(string(f.Name()), "_json")
		switch {
		case f.Message() != nil && a.Has(f) && b.Has(f):
			return firstDifference(va.Message(), vb.Message())
		case f.Kind() == protoreflect.BytesKind:
			return fmt.Sprintf("%s: %s against %s", name, va.Bytes(), vb.Bytes())
		default:
			return fmt.Sprintf("%s: %v against %v", name, va.Interface(), vb.Interface())
		}
	}
	return ""
}

// called names an object as its author knows it.
func called(o sdk.Object) string { return fmt.Sprintf("%s %q", o.ObjectKind(), o.Common().ID) }

// withKey adds a key to a JSON object.
func withKey(config []byte, key string) ([]byte, error) {
	m := map[string]any{}
	if string(config) != "null" {
		if err := json.Unmarshal(config, &m); err != nil {
			return nil, fmt.Errorf("the configuration is no JSON object: %w", err)
		}
	}
	m[key] = true
	return json.Marshal(m)
}
