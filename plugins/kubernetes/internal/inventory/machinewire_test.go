package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const wireMachine = `{"apiVersion":"machine.openshift.io/v1beta1","kind":"Machine",
	"metadata":{"name":"m1","namespace":"ns","uid":"u1","resourceVersion":"7","creationTimestamp":"2026-01-01T00:00:00Z",
		"labels":{"machine.openshift.io/cluster-api-machineset":"workers","o2ims.oran.org/tenant":"t1"},"annotations":{"description":"a machine"},
		"ownerReferences":[{"kind":"MachineSet","name":"owner","controller":true}],"managedFields":[{"manager":"x","fieldsV1":{"f:spec":{}}}]},
	"spec":{"providerID":"aws:///z1/i-1","providerSpec":{"value":{"instanceType":"m5.large","placement":{"availabilityZone":"z1","region":"r1"}}}},
	"status":{"phase":"Running","nodeRef":{"name":"n1","uid":"nu1"}}}`

// TestReadMachines reads lists as watches read objects, and believes none that
// is not whole: what is missing from a list is taken to be gone.
func TestReadMachines(t *testing.T) {
	list := func(items string) string {
		return `{"apiVersion":"machine.openshift.io/v1beta1","items":[` + items + `],"kind":"MachineList","metadata":{"continue":"","resourceVersion":"99"}}`
	}
	whole := list(wireMachine)
	for name, test := range map[string]struct {
		body string
		want []string
		err  string
	}{
		"one":                    {whole, []string{"u1"}, ""},
		"none":                   {list(""), nil, ""},
		"two":                    {list(wireMachine + `,{"metadata":{"uid":"u2"}}`), []string{"u1", "u2"}, ""},
		"another order":          {`{"kind":"MachineList","metadata":{"resourceVersion":"99"},"items":[{"metadata":{"uid":"u2"}}]}`, []string{"u2"}, ""},
		"spec of another type":   {list(`{"metadata":{"uid":"u2"},"spec":"odd","status":{"nodeRef":3}}`), []string{"u2"}, ""},
		"cut in an item":         {whole[:200], nil, "unexpected EOF"},
		"cut after the items":    {strings.TrimSuffix(whole, `,"kind":"MachineList","metadata":{"continue":"","resourceVersion":"99"}}`), nil, "EOF"},
		"cut before the end":     {strings.TrimSuffix(whole, `}`), nil, "EOF"},
		"an item without a UID":  {list(wireMachine + `,{"metadata":{"name":"m2"}}`), nil, "item 1 has no UID"},
		"items are no list":      {`{"items":null,"kind":"MachineList","metadata":{"resourceVersion":"99"}}`, nil, "stands where [ should"},
		"no items":               {`{"kind":"MachineList","metadata":{"resourceVersion":"99"}}`, nil, `no whole list of machines, but a "MachineList"`},
		"a page":                 {`{"items":[],"kind":"MachineList","metadata":{"resourceVersion":"99","continue":"x"}}`, nil, "no whole list"},
		"no version":             {`{"items":[],"kind":"MachineList","metadata":{}}`, nil, "no whole list"},
		"another kind":           {`{"items":[],"kind":"Status","metadata":{"resourceVersion":"99"}}`, nil, `but a "Status"`},
		"no object":              {`[]`, nil, "[ stands where { should"},
		"nothing":                {``, nil, "EOF"},
		"a page of a login form": {`<html>`, nil, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			machines, version, err := mapper.ReadMachines(PartMachine, strings.NewReader(test.body))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || machines != nil {
					t.Fatalf("got %d machines and %v, want an error with %q", len(machines), err, test.err)
				}
				return
			}
			if err != nil || version != "99" {
				t.Fatalf("version %q, error %v", version, err)
			}
			var got []string
			for _, m := range machines {
				got = append(got, m.UID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	t.Run("the connection breaks", func(t *testing.T) {
		broken := errors.New("connection reset")
		_, _, err := mapper.ReadMachines(PartMachine, io.MultiReader(strings.NewReader(whole[:300]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

// TestListedAsWatched reads the same Machine from a list and by itself.
func TestListedAsWatched(t *testing.T) {
	for _, kind := range []PartKind{PartMachine, PartClusterMachine} {
		t.Run(string(kind), func(t *testing.T) {
			body := fmt.Sprintf(`{"items":[%s],"kind":"MachineList","metadata":{"resourceVersion":"9"}}`, wireMachine)
			listed, _, err := mapper.ReadMachines(kind, strings.NewReader(body))
			if err != nil || len(listed) != 1 {
				t.Fatalf("%d machines, error %v", len(listed), err)
			}
			u := &unstructured.Unstructured{}
			if err := json.Unmarshal([]byte(wireMachine), &u.Object); err != nil {
				t.Fatal(err)
			}
			watched := mapper.Machine(u)
			if kind == PartClusterMachine {
				watched = mapper.ClusterMachine(u)
			}
			if !listed[0].same(watched) || listed[0].Version != watched.Version || watched.Version != 7 || watched.tenant != "t1" {
				t.Errorf("listed %+v, watched %+v", listed[0], watched)
			}
		})
	}
}
