package kube

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
)

func asking(cpu, memory string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}}
}

func TestRequestsOfAPod(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	whole := asking("5", "7")
	for name, tc := range map[string]struct {
		spec corev1.PodSpec
		want inventory.Amount
	}{
		"nothing":    {corev1.PodSpec{Containers: []corev1.Container{{}}}, inventory.Amount{}},
		"containers": {corev1.PodSpec{Containers: []corev1.Container{{Resources: asking("250m", "1")}, {Resources: asking("1", "2")}}}, inventory.Amount{MilliCPU: 1250, MemoryBytes: 3}},
		"a greedy start": {corev1.PodSpec{
			InitContainers: []corev1.Container{{Resources: asking("3", "1")}, {Resources: asking("1", "9")}},
			Containers:     []corev1.Container{{Resources: asking("2", "2")}},
		}, inventory.Amount{MilliCPU: 3000, MemoryBytes: 9}},
		"a sidecar": {corev1.PodSpec{
			InitContainers: []corev1.Container{{Resources: asking("1", "1"), RestartPolicy: &always}, {Resources: asking("2", "0")}},
			Containers:     []corev1.Container{{Resources: asking("1", "4")}},
		}, inventory.Amount{MilliCPU: 3000, MemoryBytes: 5}},
		"as a whole, and overhead": {corev1.PodSpec{
			Containers: []corev1.Container{{Resources: asking("1", "1")}}, Resources: &whole,
			Overhead: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")},
		}, inventory.Amount{MilliCPU: 5100, MemoryBytes: 7}},
	} {
		if got := requestsOf(&tc.spec); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tc.want)
		}
	}
}
