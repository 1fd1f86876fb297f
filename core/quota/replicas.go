package quota

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

var (
	// replicaKeys tell how many resources a pool is to have, reportedKeys as the
	// backend says; instanceTypeKeys of which type.
	replicaKeys      = []string{"replicas", "k8s.machineset.replicas", "k8s.machinedeployment.replicas"}
	reportedKeys     = replicaKeys[1:]
	instanceTypeKeys = []string{"instanceType", "k8s.instanceType"}
	templateKeys     = []string{"template"}
	objectNameKeys   = []string{"k8s.machineset.name", "k8s.machinedeployment.name"}
)

// Replicas reads how many resources a pool is to have, 0 if it does not say. base
// are the extensions of the pool as it is, "" for a new one: of several numbers one
// that is as it was does not count, and of the others the greatest does.
func Replicas(extensions, base o2.JSON) int64 {
	before := numbers(base)
	after := numbers(extensions)
	var asItWas, wanted int64
	changes := false
	for key, value := range after {
		if was, known := before[key]; known && was == value {
			asItWas = max(asItWas, value)
		} else {
			wanted, changes = max(wanted, value), true
		}
	}
	if changes {
		return wanted
	}
	return asItWas
}

// SameReplicas reports whether two pools' extensions say the same of how many
// resources they are to have.
func SameReplicas(a, b o2.JSON) bool { return maps.Equal(numbers(a), numbers(b)) }

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
func Template(extensions o2.JSON) string { return text(extensions, templateKeys) }

// IsTemplate reports whether a pool is what a name as Template gives it means, by
// its id in the backend or by what the backend itself calls it: its name for people
// may be anyone's choice.
func IsTemplate(name, nativeID string, extensions o2.JSON) bool {
	called := text(extensions, objectNameKeys)
	return name == nativeID || called != "" && (name == called || strings.HasSuffix(name, "/"+called))
}

// text returns the first of the extensions that is a text.
func text(extensions o2.JSON, keys []string) (found string) {
	for key, value := range extensions.Members() {
		if slices.Contains(keys, key) && json.Unmarshal([]byte(value), &found) == nil && found != "" {
			return found
		}
	}
	return ""
}

func numbers(extensions o2.JSON) map[string]int64 {
	found := map[string]int64{}
	for key, value := range extensions.Members() {
		if !slices.Contains(replicaKeys, key) {
			continue
		}
		if n, ok := amountOf(value, 1); ok {
			found[key] = n
		}
	}
	return found
}

// InstanceType reads of which type a pool's resources are, "" if it does not say.
func InstanceType(extensions o2.JSON) string { return text(extensions, instanceTypeKeys) }
