package kubelab

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Namespace is where Seed puts MachineSets and Machines.
const Namespace = "openshift-machine-api"

// MachineSets and Machines are the machine APIs' resources.
var (
	MachineSets = schema.GroupVersionResource{Group: "machine.openshift.io", Version: "v1beta1", Resource: "machinesets"}
	Machines    = schema.GroupVersionResource{Group: "machine.openshift.io", Version: "v1beta1", Resource: "machines"}
)

// Spec says what Seed creates.
type Spec struct {
	// Nodes are spread evenly over MachineSets, each with its Machine. With no
	// MachineSets there are no Machines either.
	Nodes, MachineSets int
	// Volumes are PersistentVolumes, spread over two StorageClasses.
	Volumes int
}

// zones and instanceTypes vary what Seed creates; sets take them in turn.
var (
	zones         = []string{"us-east-1a", "us-east-1b", "us-east-1c"}
	instanceTypes = []string{"m6i.4xlarge", "c6i.8xlarge", "r6i.4xlarge"}
)

// seedWorkers is how many writes are under way at once.
const seedWorkers = 64

// Seed creates the objects of spec; what exists already is left as it is.
func Seed(ctx context.Context, cfg *rest.Config, spec Spec) error {
	core, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return err
	}
	machines, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return err
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	if _, err := core.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{}); ignoreExists(err) != nil {
		return fmt.Errorf("create namespace %s: %w", Namespace, err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(seedWorkers)
	for set := range spec.MachineSets {
		replicas := spec.Nodes / spec.MachineSets
		if set < spec.Nodes%spec.MachineSets {
			replicas++
		}
		group.Go(func() error { return create(ctx, machines, MachineSets, machineSet(set, replicas)) })
	}
	for i := range spec.Nodes {
		if spec.MachineSets > 0 {
			group.Go(func() error { return seedMachine(ctx, machines, i, i%spec.MachineSets) })
		}
		group.Go(func() error {
			_, err := core.CoreV1().Nodes().Create(ctx, node(i, max(spec.MachineSets, 1)), metav1.CreateOptions{})
			return ignoreExists(err)
		})
	}
	for _, class := range []string{"fast-ssd", "bulk-hdd"} {
		group.Go(func() error {
			sc := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: class}, Provisioner: "ebs.csi.aws.com"}
			_, err := core.StorageV1().StorageClasses().Create(ctx, sc, metav1.CreateOptions{})
			return ignoreExists(err)
		})
	}
	for i := range spec.Volumes {
		group.Go(func() error {
			_, err := core.CoreV1().PersistentVolumes().Create(ctx, volume(i), metav1.CreateOptions{})
			return ignoreExists(err)
		})
	}
	return group.Wait()
}

func seedMachine(ctx context.Context, client dynamic.Interface, i, set int) error {
	m := machine(i, set)
	status := m.Object["status"]
	made, err := client.Resource(Machines).Namespace(Namespace).Create(ctx, m, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create machine %s: %w", m.GetName(), err)
	}
	made.Object["status"] = status
	_, err = client.Resource(Machines).Namespace(Namespace).UpdateStatus(ctx, made, metav1.UpdateOptions{})
	return err
}

func create(ctx context.Context, client dynamic.Interface, r schema.GroupVersionResource, u *unstructured.Unstructured) error {
	_, err := client.Resource(r).Namespace(Namespace).Create(ctx, u, metav1.CreateOptions{})
	return ignoreExists(err)
}

func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func setName(set int) string { return fmt.Sprintf("workers-%s-%02d", zones[set%len(zones)], set) }

// NodeName returns the name of the i-th Node that Seed creates.
func NodeName(i int) string { return fmt.Sprintf("node-%05d", i) }

func machineSet(set, replicas int) *unstructured.Unstructured {
	labels := map[string]any{"machine.openshift.io/cluster-api-machineset": setName(set)}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet",
		"metadata": map[string]any{
			"name": setName(set), "namespace": Namespace,
			"annotations": map[string]any{"description": "Workers in " + zones[set%len(zones)]},
		},
		"spec": map[string]any{
			"replicas": int64(replicas),
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"providerSpec": providerSpec(set)},
			},
		},
	}}
}

func providerSpec(set int) map[string]any {
	zone := zones[set%len(zones)]
	return map[string]any{"value": map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "AWSMachineProviderConfig",
		"instanceType": instanceTypes[set%len(instanceTypes)],
		"placement":    map[string]any{"availabilityZone": zone, "region": "us-east-1"},
		"zone":         zone,
	}}
}

func machine(i, set int) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
		"metadata": map[string]any{
			"name": fmt.Sprintf("%s-%05d", setName(set), i), "namespace": Namespace,
			"labels": map[string]any{"machine.openshift.io/cluster-api-machineset": setName(set)},
		},
		"spec": map[string]any{
			"providerID":   fmt.Sprintf("aws:///%s/i-%017x", zones[set%len(zones)], i),
			"providerSpec": providerSpec(set),
		},
		"status": map[string]any{
			"phase":   "Running",
			"nodeRef": map[string]any{"kind": "Node", "name": NodeName(i)},
		},
	}}
}

func node(i, sets int) *corev1.Node {
	set := i % sets
	zone := zones[set%len(zones)]
	instance := instanceTypes[set%len(instanceTypes)]
	amounts := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("16"), corev1.ResourceMemory: resource.MustParse("64Gi"),
		corev1.ResourcePods: resource.MustParse("250"), corev1.ResourceEphemeralStorage: resource.MustParse("120Gi"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: NodeName(i),
			Labels: map[string]string{
				corev1.LabelHostname: NodeName(i), corev1.LabelTopologyZone: zone, corev1.LabelTopologyRegion: "us-east-1",
				corev1.LabelInstanceTypeStable: instance, corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux",
				"node-role.kubernetes.io/worker": "",
			},
			Annotations: map[string]string{"machine.openshift.io/machine": fmt.Sprintf("%s/%s-%05d", Namespace, setName(set), i)},
		},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/i-%017x", zone, i)},
		Status: corev1.NodeStatus{
			Capacity: amounts, Allocatable: amounts, Phase: corev1.NodeRunning,
			Conditions: nodeConditions(),
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)},
				{Type: corev1.NodeHostName, Address: NodeName(i)},
			},
			NodeInfo: corev1.NodeSystemInfo{
				MachineID: fmt.Sprintf("%032x", i), SystemUUID: fmt.Sprintf("00000000-0000-4000-8000-%012x", i), BootID: fmt.Sprintf("00000000-0000-4000-9000-%012x", i),
				KernelVersion: "6.12.0-55.el10.x86_64", OSImage: "Red Hat Enterprise Linux CoreOS 10.0", ContainerRuntimeVersion: "cri-o://1.37.1",
				KubeletVersion: "v1.37.2", OperatingSystem: "linux", Architecture: "amd64",
			},
			Images: nodeImages(),
		},
	}
}

func nodeConditions() []corev1.NodeCondition {
	now := metav1.Now()
	condition := func(t corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{Type: t, Status: status, LastHeartbeatTime: now, LastTransitionTime: now, Reason: reason, Message: message}
	}
	return []corev1.NodeCondition{
		condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
		condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
		condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
	}
}

// nodeImages is a short list of what a kubelet reports: a real one has up to 50.
func nodeImages() []corev1.ContainerImage {
	images := make([]corev1.ContainerImage, 10)
	for i := range images {
		images[i] = corev1.ContainerImage{
			Names:     []string{fmt.Sprintf("registry.example/platform/component-%02d@sha256:%064x", i, i), fmt.Sprintf("registry.example/platform/component-%02d:4.20", i)},
			SizeBytes: int64(100_000_000 + i),
		}
	}
	return images
}

func volume(i int) *corev1.PersistentVolume {
	class := []string{"fast-ssd", "bulk-hdd"}[i%2]
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pv-%05d", i), Labels: map[string]string{corev1.LabelTopologyZone: zones[i%len(zones)]}},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName: class,
			Capacity:         corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("100Gi")},
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com", VolumeHandle: fmt.Sprintf("vol-%017x", i)},
			},
		},
	}
}
