package embedded

import (
	"encoding/binary"
	"fmt"
	"slices"

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

// What came later. A file without these is an earlier program's, which leaves them
// alone if it opens the file again.
var (
	tenancyBucket = []byte("tenancy") // kind, tenant and name: version and data
	usedBucket    = []byte("used")    // tenant: what it has

	auditBucket        = []byte("audit")         // writer and number: record
	auditTimesBucket   = []byte("audit-times")   // time, writer and number: nothing
	auditTenantsBucket = []byte("audit-tenants") // tenant, time, writer and number: nothing
	auditChainsBucket  = []byte("audit-chains")  // writer: its chain
)

var (
	firstBuckets = [][]byte{
		metaBucket, toldBucket, statesBucket, activeBucket, queuesBucket, deadBucket, claimsBucket,
		subscriptionsBucket, likenessBucket, tenantsBucket, answersBucket, expiryBucket,
	}
	laterBuckets = [][]byte{
		tenancyBucket, usedBucket, auditBucket, auditTimesBucket, auditTenantsBucket, auditChainsBucket,
	}
)

// furnishLater adds to a file what came later, unless it has that already.
func furnishLater(tx transaction) error {
	meta := tx.Bucket(metaBucket)
	if meta.Get(furnishedKey) != nil {
		return nil
	}
	for _, name := range laterBuckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return meta.Put(furnishedKey, []byte{1})
}

// checkBuckets sees that a file has what it must have.
func checkBuckets(tx transaction) error {
	must := firstBuckets
	if meta := tx.Bucket(metaBucket); meta != nil && meta.Get(furnishedKey) != nil {
		must = slices.Concat(firstBuckets, laterBuckets)
	}
	for _, name := range must {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: there is no bucket %q", errRecord, name)
		}
	}
	return nil
}

// The keys in meta.
var (
	schemaKey      = []byte("schema")
	incarnationKey = []byte("incarnation")
	sequenceKey    = []byte("sequence")
	// closedKey is there while the file is closed, if it was closed well.
	closedKey = []byte("closed")
	// furnishedKey is there once the file has laterBuckets.
	furnishedKey = []byte("furnished")
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
