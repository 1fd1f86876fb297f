package embedded

import (
	"github.com/netweave/netweave/core/o2"
)

// reachesBucket has, by subscription, whose objects it hears of as it is in
// force. It is there since the first subscription that says so: an earlier
// netweave writes no such record, and leaves those alone that there are. What is
// recorded holds only together with the version that it was recorded for.
var reachesBucket = []byte("reaches")

// saveReaches writes down whose objects a subscription hears of.
func (c *change) saveReaches(q *queue) {
	if q.Reaches == (o2.Reaches{}) {
		c.forgetReaches(q.Subscription)
		return
	}
	b, err := c.tx.CreateBucketIfNotExists(reachesBucket)
	if c.note(err); err != nil {
		return
	}
	c.put(b, []byte(q.Subscription), append(numberKey(q.Version), q.Reaches.Bytes()...))
}

func (c *change) forgetReaches(subscription o2.ID) {
	if b := c.tx.Bucket(reachesBucket); b != nil {
		c.remove(b, []byte(subscription))
	}
}

// reaches returns what is recorded for a subscription as it is in force.
func reaches(tx transaction, q *queue) o2.Reaches {
	b := tx.Bucket(reachesBucket)
	if b == nil {
		return o2.Reaches{}
	}
	const version = 8
	record := b.Get([]byte(q.Subscription))
	if len(record) < version || number(record[:version]) != q.Version {
		return o2.Reaches{}
	}
	return o2.ReachesOf(record[version:])
}
