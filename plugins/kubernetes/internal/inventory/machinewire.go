package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// machineWire is what is read of a Machine of either API. A list of ten thousand
// is 30 MB of JSON, of which maps of everything would make ten times as much.
type machineWire struct {
	APIVersion string `json:"apiVersion"`
	Metadata   struct {
		Name              string            `json:"name"`
		Namespace         string            `json:"namespace"`
		UID               string            `json:"uid"`
		ResourceVersion   string            `json:"resourceVersion"`
		DeletionTimestamp string            `json:"deletionTimestamp"`
		Labels            map[string]string `json:"labels"`
		Annotations       map[string]string `json:"annotations"`
		OwnerReferences   []struct {
			Kind       string `json:"kind"`
			Name       string `json:"name"`
			Controller bool   `json:"controller"`
		} `json:"ownerReferences"`
	} `json:"metadata"`
	Spec struct {
		ProviderID    string `json:"providerID"`
		ClusterName   string `json:"clusterName"`
		FailureDomain string `json:"failureDomain"`
		ProviderSpec  struct {
			Value json.RawMessage `json:"value"`
		} `json:"providerSpec"`
	} `json:"spec"`
	Status struct {
		Phase       string `json:"phase"`
		LastUpdated string `json:"lastUpdated"`
		NodeRef     struct {
			Name string `json:"name"`
			UID  string `json:"uid"`
		} `json:"nodeRef"`
	} `json:"status"`
}

// part is what both APIs have.
func (w *machineWire) part(kind PartKind) *Machine {
	m := &w.Metadata
	p := &Machine{
		Base: Base{Kind: kind, UID: m.UID, Namespace: intern(m.Namespace), Name: m.Name, Version: ParseVersion(m.ResourceVersion)},
		machineFacts: machineFacts{
			labelled:    labelledAs(m.Labels, m.Annotations),
			poolID:      m.Labels[PoolLabel],
			nodeName:    w.Status.NodeRef.Name,
			nodeUID:     w.Status.NodeRef.UID,
			providerID:  w.Spec.ProviderID,
			terminating: m.DeletionTimestamp != "",
		},
	}
	if w.Status.Phase == failedPhase {
		p.failed, p.failedSince = true, parseTime(w.Status.LastUpdated)
	}
	p.fields = make(fields, 0, 6)
	p.fields.set("k8s.machine.apiVersion", intern(w.APIVersion))
	p.fields.set("k8s.machine.name", p.Name)
	p.fields.set("k8s.machine.namespace", p.Namespace)
	p.fields.set("k8s.machine.phase", intern(w.Status.Phase))
	p.fields.set("k8s.providerID", p.providerID)
	return p
}

// wireOf reads an object that came by itself.
func wireOf(u *unstructured.Unstructured) *machineWire {
	w := &machineWire{}
	raw, err := json.Marshal(u.Object)
	if err == nil {
		err = unmarshal(raw, w)
	}
	if err != nil {
		return &machineWire{} // without a UID, which no model takes
	}
	return w
}

// unmarshal passes over what has another type than expected: what a CRD does not
// describe can be anything.
func unmarshal(raw []byte, into any) error { return lenient(json.Unmarshal(raw, into)) }

// decode is unmarshal of the next value.
func decode(d *json.Decoder, into any) error { return lenient(d.Decode(into)) }

func lenient(err error) error {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil
	}
	return err
}

// ReadMachines reads a list of Machines of either API as the server sends it,
// one at a time. It reads all of it or fails, since what is not in a list is
// taken to be gone.
func (mp Mapper) ReadMachines(kind PartKind, from io.Reader) (machines []*Machine, version string, err error) {
	list := machineList{kind: kind, provider: sharedProvider()}
	if err := list.read(json.NewDecoder(from)); err != nil {
		return nil, "", fmt.Errorf("the list of machines cannot be read: %w", err)
	}
	if !strings.HasSuffix(list.kindRead, "List") || !list.whole || list.meta.ResourceVersion == "" || list.meta.Continue != "" {
		return nil, "", fmt.Errorf("the answer is no whole list of machines, but a %.100q", list.kindRead)
	}
	return list.machines, list.meta.ResourceVersion, nil
}

type machineList struct {
	kind     PartKind
	provider func([]byte) providerFacts

	kindRead string
	meta     struct {
		ResourceVersion string `json:"resourceVersion"`
		Continue        string `json:"continue"`
	}
	machines []*Machine
	// whole tells that there were items, and that they ended.
	whole bool
}

func (l *machineList) read(d *json.Decoder) error {
	if err := expect(d, '{'); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "kind":
			err = decode(d, &l.kindRead)
		case "metadata":
			err = decode(d, &l.meta)
		case "items":
			err = l.readItems(d)
		default:
			err = decode(d, &json.RawMessage{})
		}
		if err != nil {
			return err
		}
	}
	return expect(d, '}')
}

func (l *machineList) readItems(d *json.Decoder) error {
	if err := expect(d, '['); err != nil {
		return err
	}
	for d.More() {
		w := machineWire{}
		if err := decode(d, &w); err != nil {
			return err
		}
		if w.Metadata.UID == "" {
			return fmt.Errorf("item %d has no UID", len(l.machines))
		}
		if l.kind == PartClusterMachine {
			l.machines = append(l.machines, clusterMachine(&w))
		} else {
			l.machines = append(l.machines, openShiftMachine(&w, l.provider))
		}
	}
	l.whole = true
	return expect(d, ']')
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v stands where %v should", got, want)
	}
	return err
}

// providerFacts are what is read of a provider's part of a Machine.
type providerFacts struct{ flavour, zone, region string }

func readProvider(raw []byte) providerFacts {
	var value map[string]any
	if len(raw) == 0 || unmarshal(raw, &value) != nil {
		return providerFacts{}
	}
	return providerFacts{
		flavour: FlavourOf(value), zone: zoneOf(value),
		region: firstOf(text(value, "placement", "region"), text(value, "region")),
	}
}

// sharedProvider is readProvider for many Machines, most of which were made from
// a few templates.
func sharedProvider() func([]byte) providerFacts {
	read := map[string]providerFacts{}
	return func(raw []byte) providerFacts {
		facts, ok := read[string(raw)]
		if !ok {
			facts = readProvider(raw)
			read[string(raw)] = facts
		}
		return facts
	}
}
