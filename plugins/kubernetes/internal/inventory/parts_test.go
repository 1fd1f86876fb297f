package inventory

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/sdk"
)

var mapper = Mapper{GroupLabel: corev1.LabelTopologyZone}

func newModel(t *testing.T) *Model {
	t.Helper()
	m := NewModel(Settings{OCloudID: "ocloud-1", GlobalLocationID: "loc-1", GroupLabel: corev1.LabelTopologyZone, CapacityDelay: 1})
	t.Cleanup(m.Close)
	return m
}

// from is where parts of a kind come from in these tests.
func from(kind PartKind) Origin { return Origin{Kind: kind} }

func insert(m *Model, parts ...Part) {
	for _, p := range parts {
		m.Observe(from(p.Head().Kind), p)
	}
}

// asJSON writes a noun without its revision, which is a time.
func asJSON(t *testing.T, noun sdk.Object) string {
	t.Helper()
	if noun == nil {
		return "none"
	}
	noun.Common().Revision = 0
	switch o := noun.(type) {
	case *sdk.ResourcePool:
		o.Site, o.Health, o.Metrics = nil, nil, nil // see figures_test.go
	case *sdk.ResourceType:
		o.Alarms = nil // see alarm_test.go
	}
	raw, err := json.MarshalIndent(noun, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func wantNoun(t *testing.T, got sdk.Object, want string) {
	t.Helper()
	if text := asJSON(t, got); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func testNode() *corev1.Node {
	now := metav1.Now()
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "worker-1", UID: "node-uid", ResourceVersion: "100",
			Labels: map[string]string{
				corev1.LabelTopologyZone: "z1", corev1.LabelTopologyRegion: "r1", corev1.LabelInstanceTypeStable: "m5.large",
				"node-role.kubernetes.io/worker": "", "feature.example/gpu": "true", TenantLabel: "north",
			},
			Annotations: map[string]string{DescriptionAnnotation: "rack 7", TagsAnnotation: "gpu, edge,", AssetAnnotation: "asset-1"},
		},
		Spec: corev1.NodeSpec{
			ProviderID: "aws:///z1/i-1", Unschedulable: true,
			Taints: []corev1.Taint{{Key: "dedicated", Value: "ran", Effect: corev1.TaintEffectNoSchedule}},
		},
		Status: corev1.NodeStatus{
			Capacity: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("16Gi"), corev1.ResourcePods: resource.MustParse("110"),
				"hugepages-2Mi": resource.MustParse("0"), "hugepages-1Gi": resource.MustParse("8Gi"),
			},
			Allocatable: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("3500m"), corev1.ResourceMemory: resource.MustParse("15Gi"), corev1.ResourcePods: resource.MustParse("110")},
			Conditions: []corev1.NodeCondition{
				{Type: corev1.NodeReady, Status: corev1.ConditionFalse, Reason: "KubeletNotReady", LastHeartbeatTime: now, Message: "PLEG is not healthy"},
				{Type: corev1.NodeDiskPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasNoDiskPressure", LastHeartbeatTime: now},
			},
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.0.0.1"}, {Type: corev1.NodeInternalIP, Address: "fd00::1"}, {Type: corev1.NodeHostName, Address: "worker-1"}},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: "amd64", OperatingSystem: "linux", OSImage: "CoreOS <1>", KernelVersion: "6.12", ContainerRuntimeVersion: "cri-o://1.37",
				KubeletVersion: "v1.37.2", SystemUUID: "system-1", BootID: "boot", MachineID: "machine",
			},
			Images: []corev1.ContainerImage{{Names: []string{"image"}, SizeBytes: 1}},
		},
	}
}

func TestNode(t *testing.T) {
	m := newModel(t)
	insert(m, mapper.Node(testNode()))
	wantNoun(t, m.Get(Key{sdk.KindResource, "node-uid"}), `{
 "ID": "node-uid",
 "Tenant": "north",
 "Revision": 0,
 "Name": "worker-1",
 "Description": "rack 7",
 "Extensions": {
  "k8s.addresses": {
   "Hostname": [
    "worker-1"
   ],
   "InternalIP": [
    "10.0.0.1",
    "fd00::1"
   ]
  },
  "k8s.allocatable": {
   "cpu": "3500m",
   "memory": "15Gi",
   "pods": "110"
  },
  "k8s.capacity": {
   "cpu": "4",
   "hugepages-1Gi": "8Gi",
   "memory": "16Gi",
   "pods": "110"
  },
  "k8s.conditions": {
   "DiskPressure": "False",
   "Ready": "False (KubeletNotReady)"
  },
  "k8s.instanceType": "m5.large",
  "k8s.kind": "Node",
  "k8s.node.name": "worker-1",
  "k8s.node.ready": false,
  "k8s.providerID": "aws:///z1/i-1",
  "k8s.region": "r1",
  "k8s.roles": [
   "worker"
  ],
  "k8s.systemInfo": {
   "architecture": "amd64",
   "containerRuntime": "cri-o://1.37",
   "kernel": "6.12",
   "kubelet": "v1.37.2",
   "operatingSystem": "linux",
   "osImage": "CoreOS \u003c1\u003e"
  },
  "k8s.systemUUID": "system-1",
  "k8s.taints": [
   "dedicated=ran:NoSchedule"
  ],
  "k8s.unschedulable": true,
  "k8s.zone": "z1"
 },
 "Volatile": null,
 "ResourceTypeID": "m5.large",
 "ResourcePoolID": "topology.kubernetes.io/zone=z1",
 "ParentID": "",
 "GlobalAssetID": "asset-1",
 "Tags": [
  "gpu",
  "edge"
 ]
}`)
	wantNoun(t, m.Get(Key{sdk.KindResourcePool, "topology.kubernetes.io/zone=z1"}), `{
 "ID": "topology.kubernetes.io/zone=z1",
 "Tenant": "north",
 "Revision": 0,
 "Name": "z1",
 "Description": "Nodes labelled topology.kubernetes.io/zone=z1",
 "Extensions": {
  "k8s.kind": "NodeGroup",
  "k8s.poolLabel": "topology.kubernetes.io/zone",
  "k8s.poolLabelValue": "z1"
 },
 "Volatile": null,
 "OCloudID": "ocloud-1",
 "Location": "z1",
 "GlobalLocationID": "loc-1",
 "Tags": null,
 "Site": null,
 "CreatedAt": "0001-01-01T00:00:00Z",
 "UpdatedAt": "0001-01-01T00:00:00Z",
 "Health": null,
 "Metrics": null
}`)
	wantNoun(t, m.Get(Key{sdk.KindResourceType, "m5.large"}), `{
 "ID": "m5.large",
 "Tenant": "",
 "Revision": 0,
 "Name": "m5.large",
 "Description": "Instance type m5.large",
 "Extensions": {
  "k8s.instanceType": "m5.large"
 },
 "Volatile": null,
 "Vendor": "",
 "Model": "m5.large",
 "Version": "",
 "ResourceKind": "UNDEFINED",
 "ResourceClass": "COMPUTE",
 "AlarmDictionaryVersion": "1",
 "Alarms": null
}`)
}

// TestNodeSize bounds what ten thousand Nodes cost netweave.
func TestNodeSize(t *testing.T) {
	m := newModel(t)
	insert(m, mapper.Node(testNode()))
	raw, err := json.Marshal(m.Get(Key{sdk.KindResource, "node-uid"}).Common().Extensions)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 2048 {
		t.Errorf("a Node's extensions take %d bytes, want at most 2048", len(raw))
	}
}

func TestShownLabels(t *testing.T) {
	mp := Mapper{GroupLabel: "g", ShowLabels: []string{"feature.example/"}}
	m := newModel(t)
	insert(m, mp.Node(testNode()))
	raw, err := json.Marshal(m.Get(Key{sdk.KindResource, "node-uid"}).Common().Extensions["k8s.labels"])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(raw), `{"feature.example/gpu":"true"}`; got != want {
		t.Errorf("k8s.labels is %s, want %s", got, want)
	}
}

func testMachineSet() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet",
		"metadata": map[string]any{
			"name": "workers", "namespace": "machines", "uid": "set-uid", "resourceVersion": "50",
			"labels": map[string]any{TenantLabel: "north"}, "annotations": map[string]any{DescriptionAnnotation: "Workers"},
		},
		"spec": map[string]any{
			"replicas": int64(3),
			"template": map[string]any{"spec": map[string]any{"providerSpec": map[string]any{"value": map[string]any{
				"instanceType": "m5.large", "placement": map[string]any{"availabilityZone": "z1", "region": "r1"},
			}}}},
		},
		"status": map[string]any{"readyReplicas": int64(2), "availableReplicas": int64(1)},
	}}
}

func TestMachineSet(t *testing.T) {
	m := newModel(t)
	insert(m, mapper.MachineSet(testMachineSet()))
	wantNoun(t, m.Get(Key{sdk.KindResourcePool, "set-uid"}), `{
 "ID": "set-uid",
 "Tenant": "north",
 "Revision": 0,
 "Name": "workers",
 "Description": "Workers",
 "Extensions": {
  "k8s.apiVersion": "machine.openshift.io/v1beta1",
  "k8s.instanceType": "m5.large",
  "k8s.kind": "MachineSet",
  "k8s.machineset.name": "workers",
  "k8s.machineset.namespace": "machines",
  "k8s.machineset.replicas": 3,
  "k8s.region": "r1",
  "k8s.zone": "z1"
 },
 "Volatile": {
  "k8s.machineset.availableReplicas": 1,
  "k8s.machineset.readyReplicas": 2
 },
 "OCloudID": "ocloud-1",
 "Location": "z1",
 "GlobalLocationID": "loc-1",
 "Tags": null,
 "Site": null,
 "CreatedAt": "0001-01-01T00:00:00Z",
 "UpdatedAt": "0001-01-01T00:00:00Z",
 "Health": null,
 "Metrics": null
}`)
	if m.Get(Key{sdk.KindResourceType, "m5.large"}) == nil {
		t.Error("the pool's instance type is no type, want one: a first machine could not be asked for")
	}
}

func TestProviders(t *testing.T) {
	for name, test := range map[string]struct {
		provider                   map[string]any
		instanceType, zone, region string
	}{
		"aws":       {map[string]any{"instanceType": "m5.large", "placement": map[string]any{"availabilityZone": "a", "region": "r"}}, "m5.large", "a", "r"},
		"azure":     {map[string]any{"vmSize": "D4s", "zone": "1", "region": "westeurope"}, "D4s", "1", "westeurope"},
		"gcp":       {map[string]any{"machineType": "n2-standard-4", "zone": "us-central1-a", "region": "us-central1"}, "n2-standard-4", "us-central1-a", "us-central1"},
		"openstack": {map[string]any{"flavor": "m1.xlarge", "availabilityZone": "nova"}, "m1.xlarge", "nova", ""},
		"vsphere":   {map[string]any{"numCPUs": int64(4)}, "", "", ""},
		"none":      {nil, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			u := testMachineSet()
			if err := unstructured.SetNestedField(u.Object, test.provider, "spec", "template", "spec", "providerSpec", "value"); err != nil {
				t.Fatal(err)
			}
			p := mapper.MachineSet(u)
			if p.InstanceType() != test.instanceType || p.Zone() != test.zone || p.Region() != test.region {
				t.Errorf("got %q, %q, %q, want %q, %q, %q", p.InstanceType(), p.Zone(), p.Region(), test.instanceType, test.zone, test.region)
			}
		})
	}
}

func testDeployment(version string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "cluster.x-k8s.io/" + version, "kind": "MachineDeployment",
		"metadata": map[string]any{"name": "edge", "namespace": "capi", "uid": "md-uid", "resourceVersion": "60", "annotations": map[string]any{NameAnnotation: "Edge pool"}},
		"spec": map[string]any{
			"clusterName": "prod",
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"node.kubernetes.io/instance-type": "metal.large"}},
				"spec":     map[string]any{"failureDomain": "z3", "infrastructureRef": map[string]any{"kind": "Metal3MachineTemplate", "name": "large"}},
			},
		},
	}}
}

func TestMachineDeployment(t *testing.T) {
	for _, version := range []string{"v1beta1", "v1beta2"} {
		t.Run(version, func(t *testing.T) {
			m := newModel(t)
			insert(m, mapper.MachineDeployment(testDeployment(version)))
			wantNoun(t, m.Get(Key{sdk.KindResourcePool, "md-uid"}), `{
 "ID": "md-uid",
 "Tenant": "",
 "Revision": 0,
 "Name": "Edge pool",
 "Description": "",
 "Extensions": {
  "k8s.apiVersion": "cluster.x-k8s.io/`+version+`",
  "k8s.cluster.name": "prod",
  "k8s.infrastructureRef": "Metal3MachineTemplate/large",
  "k8s.instanceType": "metal.large",
  "k8s.kind": "MachineDeployment",
  "k8s.machinedeployment.name": "edge",
  "k8s.machinedeployment.namespace": "capi",
  "k8s.machinedeployment.replicas": 1,
  "k8s.zone": "z3"
 },
 "Volatile": {
  "k8s.machinedeployment.availableReplicas": 0,
  "k8s.machinedeployment.readyReplicas": 0
 },
 "OCloudID": "ocloud-1",
 "Location": "z3",
 "GlobalLocationID": "loc-1",
 "Tags": null,
 "Site": null,
 "CreatedAt": "0001-01-01T00:00:00Z",
 "UpdatedAt": "0001-01-01T00:00:00Z",
 "Health": null,
 "Metrics": null
}`)
		})
	}
}

func testVolume(class string) *corev1.PersistentVolume {
	mode := corev1.PersistentVolumeFilesystem
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pv-1", UID: types.UID("pv-" + class), ResourceVersion: "70", Labels: map[string]string{TenantLabel: "south"}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete, StorageClassName: class, VolumeMode: &mode,
			ClaimRef:               &corev1.ObjectReference{Namespace: "app", Name: "data"},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi", VolumeHandle: "vol-1"}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{"z1"}}},
			}}}},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	}
}

func testClass() *storagev1.StorageClass {
	reclaim, binding, expand := corev1.PersistentVolumeReclaimDelete, storagev1.VolumeBindingWaitForFirstConsumer, true
	return &storagev1.StorageClass{
		ObjectMeta:  metav1.ObjectMeta{Name: "fast", UID: "class-uid", ResourceVersion: "80", Annotations: map[string]string{DescriptionAnnotation: "SSD", defaultClassAnnotation: "true"}},
		Provisioner: "ebs.csi", ReclaimPolicy: &reclaim, VolumeBindingMode: &binding, AllowVolumeExpansion: &expand,
		Parameters: map[string]string{"restuserkey": "hunter2"},
	}
}

func TestStorage(t *testing.T) {
	m := newModel(t)
	insert(m, mapper.Volume(testVolume("fast")), mapper.Volume(testVolume("")), mapper.StorageClass(testClass()))
	wantNoun(t, m.Get(Key{sdk.KindResource, "pv-fast"}), `{
 "ID": "pv-fast",
 "Tenant": "south",
 "Revision": 0,
 "Name": "pv-1",
 "Description": "",
 "Extensions": {
  "k8s.capacity": {
   "storage": "10Gi"
  },
  "k8s.kind": "PersistentVolume",
  "k8s.persistentvolume.accessModes": [
   "ReadWriteOnce"
  ],
  "k8s.persistentvolume.claim": "app/data",
  "k8s.persistentvolume.csiDriver": "ebs.csi",
  "k8s.persistentvolume.name": "pv-1",
  "k8s.persistentvolume.phase": "Bound",
  "k8s.persistentvolume.reclaimPolicy": "Delete",
  "k8s.persistentvolume.volumeMode": "Filesystem",
  "k8s.storageclass.name": "fast",
  "k8s.zone": "z1"
 },
 "Volatile": null,
 "ResourceTypeID": "class-uid",
 "ResourcePoolID": "",
 "ParentID": "",
 "GlobalAssetID": "vol-1",
 "Tags": null
}`)
	wantNoun(t, m.Get(Key{sdk.KindResourceType, "class-uid"}), `{
 "ID": "class-uid",
 "Tenant": "",
 "Revision": 0,
 "Name": "fast",
 "Description": "SSD",
 "Extensions": {
  "k8s.storageclass.allowVolumeExpansion": true,
  "k8s.storageclass.default": true,
  "k8s.storageclass.name": "fast",
  "k8s.storageclass.provisioner": "ebs.csi",
  "k8s.storageclass.reclaimPolicy": "Delete",
  "k8s.storageclass.volumeBindingMode": "WaitForFirstConsumer"
 },
 "Volatile": null,
 "Vendor": "ebs.csi",
 "Model": "fast",
 "Version": "",
 "ResourceKind": "LOGICAL",
 "ResourceClass": "STORAGE",
 "AlarmDictionaryVersion": "",
 "Alarms": null
}`)
	wantNoun(t, m.Get(Key{sdk.KindResourceType, VolumeType}), `{
 "ID": "kubernetes-persistentvolume",
 "Tenant": "",
 "Revision": 0,
 "Name": "kubernetes-persistentvolume",
 "Description": "A PersistentVolume without a StorageClass",
 "Extensions": {},
 "Volatile": null,
 "Vendor": "",
 "Model": "",
 "Version": "",
 "ResourceKind": "LOGICAL",
 "ResourceClass": "STORAGE",
 "AlarmDictionaryVersion": "",
 "Alarms": null
}`)
}
