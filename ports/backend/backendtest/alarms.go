package backendtest

import (
	"context"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// checkAlarms holds a backend that may report alarms to the contract of
// backend.AlarmSource.
func checkAlarms(t *testing.T, c *checker) {
	source, ok := c.Backend.(backend.AlarmSource)
	if !ok {
		t.Logf("%s reports no alarms", c.name)
		return
	}
	alarms, err := source.Alarms(c.ctx())
	if !c.can(backend.CapAlarms) {
		c.wantCode("Alarms without the capability "+backend.CapAlarms, err, backend.ErrUnsupported)
		c.wantCode("AcknowledgeAlarm without it", source.AcknowledgeAlarm(c.ctx(), unknown), backend.ErrUnsupported)
		return
	}
	if err != nil {
		t.Fatalf("Alarms: %v", err)
	}
	types := map[string]*o2.ResourceType{}
	objects := c.snapshot()
	for k, o := range objects {
		if r, ok := o.(*o2.Resource); ok && k.kind == o2.KindResource {
			types[r.NativeID], _ = objects[key{o2.KindResourceType, r.ResourceTypeID}].(*o2.ResourceType)
		}
	}
	seen := map[string]bool{}
	for _, a := range alarms {
		if a.NativeID == "" || seen[a.NativeID] {
			t.Errorf("the alarm %q has no id of its own", a.NativeID)
		}
		seen[a.NativeID] = true
		if a.Severity >= o2.SeverityCleared {
			t.Errorf("the alarm %q is %s: what is over is not reported", a.NativeID, a.Severity)
		}
		if of := types[a.Resource]; of == nil || !defines(of, a.Definition) {
			t.Errorf("the alarm %q is %q of %q, which no type of resources that are there defines", a.NativeID, a.Definition, a.Resource)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = source.Alarms(ctx)
	c.wantCode("Alarms with a cancelled context", err, context.Canceled)
}

func defines(t *o2.ResourceType, native string) bool {
	for i := range t.Alarms {
		if t.Alarms[i].NativeID == native {
			return true
		}
	}
	return false
}
