package tenancystoretest_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/tenancystore"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	tenancystoretest.Run(t, func(*testing.T) tenancystoretest.Store {
		return tenancystoretest.Store{Records: &tenancystoretest.Memory{}}
	})
}

// TestMemoryUnconfirmed: what was written and not confirmed is completed by the
// same call, and by no other.
func TestMemoryUnconfirmed(t *testing.T) {
	lose := true
	m := &tenancystoretest.Memory{Faults: storetest.Faults{Lose: func(string) error {
		if lose {
			return store.ErrUnconfirmed
		}
		return nil
	}}}
	key := tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: "a"}
	put := func(version uint64, data string) error {
		return m.Put(t.Context(), tenancystore.Record{Key: key, Version: version, Data: []byte(data)})
	}
	for _, c := range []struct {
		name    string
		lose    bool
		version uint64
		data    string
		want    error
	}{
		{"a new record is lost", true, 1, "{}", store.ErrUnconfirmed},
		{"the same is lost again", true, 1, "{}", store.ErrUnconfirmed},
		{"another does not complete it", false, 1, `{"a":1}`, tenancystore.ErrExists},
		{"the same completes it", false, 1, "{}", nil},
		{"and once more is too late", false, 1, "{}", tenancystore.ErrExists},
		{"a second version is lost", true, 2, `{"a":2}`, store.ErrUnconfirmed},
		{"another second one does not complete it", false, 2, `{"a":3}`, tenancystore.ErrConflict},
		{"the same completes it", false, 2, `{"a":2}`, nil},
		{"and once more is too late", false, 2, `{"a":2}`, tenancystore.ErrConflict},
	} {
		lose = c.lose
		if err := put(c.version, c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	lose = true
	if err := m.Delete(t.Context(), key); !errors.Is(err, store.ErrUnconfirmed) {
		t.Errorf("a deletion is lost: %v", err)
	}
	lose = false
	if err := m.Delete(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the same again: %v, want %v", err, store.ErrNotFound)
	}
}
