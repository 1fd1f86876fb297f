package quota

import (
	"encoding/json"

	"github.com/netweave/netweave/core/o2"
)

var (
	// replicaKeys tell how many resources a pool is to have, reportedKeys as the
	// backend says; instanceTypeKeys of which type.
	replicaKeys      = []string{"replicas", "k8s.machineset.replicas", "k8s.machinedeployment.replicas"}
	reportedKeys     = replicaKeys[1:]
	instanceTypeKeys = []string{"instanceType", "k8s.instanceType"}
)

// Replicas reads how many resources a pool is to have, 0 if it does not say. base
// are the extensions of the pool as it is, "" for a new one: of several numbers one
// that is as it was does not count.
func Replicas(extensions, base o2.JSON) int64 {
	before := numbers(base)
	after := numbers(extensions)
	n := int64(0)
	for _, key := range replicaKeys {
		value, given := after[key]
		if was, known := before[key]; given && known && was == value {
			n = max(n, value)
		}
	}
	for _, key := range replicaKeys {
		value, given := after[key]
		if was, known := before[key]; given && (!known || was != value) {
			return value
		}
	}
	return n
}

// SaysReplicas reports whether a request says how many resources a pool is to have.
// One that does not gets as many as what the pool is made after.
func SaysReplicas(extensions o2.JSON) bool { return len(numbers(extensions)) > 0 }

// Reported reads how many resources a pool has by its backend's word, which may
// make others after it.
func Reported(extensions o2.JSON) (n int64) {
	found := numbers(extensions)
	for _, key := range reportedKeys {
		n = max(n, found[key])
	}
	return n
}

// Template reads what a new pool is to be made after, "" if the request does not
// say, or not by a name alone.
func Template(extensions o2.JSON) (name string) {
	for key, value := range extensions.Members() {
		if key == "template" && json.Unmarshal([]byte(value), &name) != nil {
			return ""
		}
	}
	return name
}

func numbers(extensions o2.JSON) map[string]int64 {
	found := map[string]int64{}
	for key, value := range extensions.Members() {
		for _, known := range replicaKeys {
			if key == known {
				if n, ok := amountOf(value, 1); ok {
					found[key] = n
				}
			}
		}
	}
	return found
}

// InstanceType reads of which type a pool's resources are, "" if it does not say.
func InstanceType(extensions o2.JSON) string {
	for key, value := range extensions.Members() {
		for _, known := range instanceTypeKeys {
			var text string
			if key == known && json.Unmarshal([]byte(value), &text) == nil && text != "" {
				return text
			}
		}
	}
	return ""
}
