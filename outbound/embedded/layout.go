package embedded

import (
	"encoding/binary"

	"github.com/netweave/netweave/core/o2"
)

// schema is the layout's version; a file of a later one is refused, and so is
// one older than oldest.
const (
	schema = 1
	oldest = 1
)

// The buckets. Within queues and dead there is a bucket for each subscription in
// force, with a record for each position.
var (
	metaBucket   = []byte("meta")
	toldBucket   = []byte("told")   // object: the sequence number of its state
	statesBucket = []byte("states") // sequence number: owner and object
	activeBucket = []byte("active") // subscription: how it is in force
	queuesBucket = []byte("queues")
	deadBucket   = []byte("dead")
	claimsBucket = []byte("claims") // subscription: what was claimed when the file was closed

	subscriptionsBucket = []byte("subscriptions") // id: subscription
	likenessBucket      = []byte("likeness")      // likeness: id
	tenantsBucket       = []byte("tenants")       // tenant and id: nothing

	answersBucket = []byte("answers") // key: reservation or answer
	expiryBucket  = []byte("expiry")  // time and key: nothing
)

var allBuckets = [][]byte{
	metaBucket, toldBucket, statesBucket, activeBucket, queuesBucket, deadBucket, claimsBucket,
	subscriptionsBucket, likenessBucket, tenantsBucket, answersBucket, expiryBucket,
}

// The keys in meta.
var (
	schemaKey      = []byte("schema")
	incarnationKey = []byte("incarnation")
	sequenceKey    = []byte("sequence")
	// closedKey is there while the file is closed, if it was closed well.
	closedKey = []byte("closed")
)

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// number reads a key or value of eight bytes; 0 for anything else.
func number(raw []byte) uint64 {
	if len(raw) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(raw)
}

func objectKey(k o2.ObjectKey) []byte { return append([]byte{byte(k.Kind)}, k.ID...) }

func tenantKey(tenant string, id o2.ID) []byte { return append(tenantPrefix(tenant), id...) }

func tenantPrefix(tenant string) []byte { return appendText(nil, tenant) }
