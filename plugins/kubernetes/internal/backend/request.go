package backend

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// poolRequest is what the extensions of a new pool ask for.
type poolRequest struct {
	// kind is "" where the request does not care.
	kind         inventory.PartKind
	template     templateRef
	replicas     *int64
	instanceType string
	namespace    string
	// objectName is the Kubernetes name, where it is to differ from the pool's.
	objectName string
}

// templateRef names a configured template, or a MachineSet or MachineDeployment.
type templateRef struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// createKeys are the extensions that a new pool may have.
var createKeys = []string{
	"instanceType", "k8s.instanceType", "k8s.kind", "k8s.machinedeployment.name", "k8s.machinedeployment.namespace", "k8s.machinedeployment.replicas",
	"k8s.machineset.name", "k8s.machineset.namespace", "k8s.machineset.replicas", "namespace", "replicas", "template", "type",
}

// replicaKeys are the extensions that scale a pool.
var replicaKeys = []string{"replicas", "k8s.machineset.replicas", "k8s.machinedeployment.replicas"}

func parsePoolRequest(extensions map[string]any, templates map[string]config.Template) (poolRequest, error) {
	var r poolRequest
	for _, key := range slices.Sorted(maps.Keys(extensions)) {
		if err := r.set(key, extensions[key], templates); err != nil {
			return poolRequest{}, err
		}
	}
	return r, nil
}

func (r *poolRequest) set(key string, value any, templates map[string]config.Template) (err error) {
	if strings.HasPrefix(key, "k8s.machineset.") {
		err = r.setKind(key, string(inventory.PartMachineSet))
	} else if strings.HasPrefix(key, "k8s.machinedeployment.") {
		err = r.setKind(key, string(inventory.PartMachineDeployment))
	}
	if err != nil {
		return err
	}
	switch key {
	case "type", "k8s.kind":
		kind, err := textOf(key, value)
		if err != nil {
			return err
		}
		if _, ok := templates[kind]; ok && key == "type" {
			if r.template.Name == "" {
				r.template.Name = kind
			}
			return nil
		}
		return r.setKind(key, kind)
	case "template":
		r.template, err = templateOf(value)
		return err
	case "instanceType", "k8s.instanceType":
		return setOnce(&r.instanceType, key, value)
	case "namespace", "k8s.machineset.namespace", "k8s.machinedeployment.namespace":
		return setOnce(&r.namespace, key, value)
	case "k8s.machineset.name", "k8s.machinedeployment.name":
		return setOnce(&r.objectName, key, value)
	case "replicas", "k8s.machineset.replicas", "k8s.machinedeployment.replicas":
		n, err := countOf(key, value)
		if err != nil {
			return err
		}
		if r.replicas != nil && *r.replicas != n {
			return sdk.Errorf(sdk.Invalid, "extensions.%s is %d, but another extension asks for %d: give one number", key, n, *r.replicas)
		}
		r.replicas = &n
		return nil
	default:
		return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set on a Kubernetes pool; what can: %s", key, strings.Join(createKeys, ", "))
	}
}

func (r *poolRequest) setKind(key, name string) error {
	for _, kind := range []inventory.PartKind{inventory.PartMachineSet, inventory.PartMachineDeployment} {
		if !strings.EqualFold(name, string(kind)) {
			continue
		}
		if r.kind != "" && r.kind != kind {
			return sdk.Errorf(sdk.Invalid, "extensions.%s asks for a %s, another extension for a %s: choose one", key, kind, r.kind)
		}
		r.kind = kind
		return nil
	}
	return sdk.Errorf(sdk.Invalid, "extensions.%s is %q: give MachineSet, MachineDeployment or, as type, the name of a configured template", key, name)
}

func templateOf(value any) (templateRef, error) {
	var ref templateRef
	if decode(value, &ref.Name) == nil {
		if namespace, name, ok := strings.Cut(ref.Name, "/"); ok {
			ref.Namespace, ref.Name = namespace, name
		}
	} else if err := decode(value, &ref); err != nil {
		return ref, sdk.Errorf(sdk.Invalid, "extensions.template is neither a name, nor namespace/name, nor an object with kind, namespace and name: %w", err)
	}
	if ref.Name == "" {
		return ref, sdk.Errorf(sdk.Invalid, "extensions.template has no name: name a pool to copy or a configured template")
	}
	return ref, nil
}

func setOnce(into *string, key string, value any) error {
	text, err := textOf(key, value)
	if err != nil {
		return err
	}
	if *into != "" && *into != text {
		return sdk.Errorf(sdk.Invalid, "extensions.%s is %q, but another extension says %q: give one", key, text, *into)
	}
	*into = text
	return nil
}

func textOf(key string, value any) (string, error) {
	var text string
	if err := decode(value, &text); err != nil || text == "" {
		return "", sdk.Errorf(sdk.Invalid, "extensions.%s must be a text that is not empty", key)
	}
	return text, nil
}

// maxReplicas is what the API's 32 bits hold.
const maxReplicas = 1<<31 - 1

func countOf(key string, value any) (int64, error) {
	var n int64
	if err := decode(value, &n); err != nil || n < 0 || n > maxReplicas {
		return 0, sdk.Errorf(sdk.Invalid, "extensions.%s must be a whole number of 0 or more", key)
	}
	return n, nil
}

// decode reads an extension, which may come as JSON or as any Go value.
func decode(value, into any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if string(raw) == "null" {
		return sdk.Errorf(sdk.Invalid, "it is null")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// equalJSON tells whether two extensions say the same.
func equalJSON(a, b any) bool {
	var x, y any
	if decode(a, &x) != nil || decode(b, &y) != nil {
		return false
	}
	rawX, errX := json.Marshal(x)
	rawY, errY := json.Marshal(y)
	return errX == nil && errY == nil && bytes.Equal(rawX, rawY)
}
