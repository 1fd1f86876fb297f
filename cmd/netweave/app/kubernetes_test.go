package app

import (
	"testing"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

func TestSubscriptionsAppliedWithKubectlAreJudged(t *testing.T) {
	judge := admit(families(&config.Config{}))
	for _, tc := range []struct {
		name                      string
		surface, callback, filter string
		want, canonical           string
	}{
		{"sound", "o2ims/v1", "https://smo/x", "", "", ""},
		{"with a filter", "o2ims/v1", "http://smo/x", "(eq,objectType,Resource)", "", "(eq,objectType,Resource)"},
		{"unknown surface", "o2ims/v9", "https://smo/x", "", `surface: "o2ims/v9" is not served`, ""},
		{"no URL", "o2ims/v1", "smo", "", "callback: must be an https URL without user name and password", ""},
		{"a password", "o2ims/v1", "https://u:p@smo/x", "", "callback: must be an https URL without user name and password", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &o2.Subscription{Surface: tc.surface, Callback: tc.callback, Filter: tc.filter}
			got := ""
			if err := judge(s); err != nil {
				got = err.Error()
			}
			if got != tc.want || tc.want == "" && s.Filter != tc.canonical {
				t.Errorf("got %q, filter %q, want %q, filter %q", got, s.Filter, tc.want, tc.canonical)
			}
		})
	}
	if err := judge(&o2.Subscription{Surface: "o2ims/v1", Callback: "https://smo/x", Filter: "(eq,"}); err == nil {
		t.Error("a broken filter was admitted")
	}
}

func TestTheEpochIsThatOfTheStoreWithTheQueues(t *testing.T) {
	log := eventlogtest.NewMemory()
	e := epochs{log: log, own: subscriptionstoretest.NewMemory(log)}
	before, err := e.Epoch(t.Context())
	if err != nil || before != log.Epoch() {
		t.Errorf("got %q, %v, want %q", before, err, log.Epoch())
	}
	if err := e.RenewEpoch(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := e.Epoch(t.Context())
	if err != nil || after == before || after != log.Epoch() {
		t.Errorf("afterwards %q, %v", after, err)
	}
}
