package kube

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metainternal "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
)

// source is one resource of the API to list and watch.
type source struct {
	origin          inventory.Origin
	group, resource string
	// version is the one to use; "" for the server's preferred one. builtIn
	// resources need no discovery.
	version string
	builtIn bool
	// whole tells that list answers with parts, whatever their number, without
	// having more than one whole object in memory.
	whole bool
	// cut makes a part of an object.
	cut func(runtime.Object) (inventory.Part, error)
	// open makes the list and watch calls for the version that is served.
	open func(c *Client, gvr schema.GroupVersionResource) calls
}

// calls are the two requests of an informer.
type calls struct {
	list  func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error)
	watch func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error)
}

// The machine APIs.
const (
	OpenShiftGroup   = "machine.openshift.io"
	OpenShiftVersion = "v1beta1"
	ClusterAPIGroup  = "cluster.x-k8s.io"
)

// sources lists everything that is watched. The machine APIs are watched in the
// namespaces, or in all if there are none.
func sources(mapper inventory.Mapper, namespaces []string) []source {
	all := []source{
		typed(inventory.PartNode, "", "nodes", func(c *Client) *rest.RESTClient { return c.core }, func() runtime.Object { return &corev1.NodeList{} }, mapper.Node),
		typed(inventory.PartVolume, "", "persistentvolumes", func(c *Client) *rest.RESTClient { return c.core }, func() runtime.Object { return &corev1.PersistentVolumeList{} }, mapper.Volume),
		typed(inventory.PartStorageClass, storagev1.GroupName, "storageclasses", func(c *Client) *rest.RESTClient { return c.storage }, func() runtime.Object { return &storagev1.StorageClassList{} }, mapper.StorageClass),
	}
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	for _, ns := range namespaces {
		all = append(all,
			dynamicSource(inventory.PartMachineSet, ns, OpenShiftGroup, OpenShiftVersion, "machinesets", mapper.MachineSet),
			machineSource(inventory.PartMachine, ns, OpenShiftGroup, OpenShiftVersion, mapper, mapper.Machine),
			dynamicSource(inventory.PartMachineDeployment, ns, ClusterAPIGroup, "", "machinedeployments", mapper.MachineDeployment),
			machineSource(inventory.PartClusterMachine, ns, ClusterAPIGroup, "", mapper, mapper.ClusterMachine),
		)
	}
	return all
}

// typed is a source of a core type, in protobuf.
func typed[T runtime.Object, P inventory.Part](kind inventory.PartKind, group, resource string, client func(*Client) *rest.RESTClient, list func() runtime.Object, cut func(T) P) source {
	return source{
		origin: inventory.Origin{Kind: kind}, group: group, resource: resource, builtIn: true,
		cut: cutter(cut),
		open: func(c *Client, _ schema.GroupVersionResource) calls {
			rc := client(c)
			return calls{
				list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
					into := list()
					return into, rc.Get().Resource(resource).VersionedParams(&opts, parameterCodec).Do(ctx).Into(into)
				},
				watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
					opts.Watch = true
					return rc.Get().Resource(resource).VersionedParams(&opts, parameterCodec).Watch(ctx)
				},
			}
		},
	}
}

// dynamicSource is a source of a custom resource.
func dynamicSource[P inventory.Part](kind inventory.PartKind, namespace, group, version, resource string, cut func(*unstructured.Unstructured) P) source {
	return source{
		origin: inventory.Origin{Kind: kind, Namespace: namespace}, group: group, resource: resource, version: version,
		cut: cutter(cut),
		open: func(c *Client, gvr schema.GroupVersionResource) calls {
			client := c.Resource(gvr, namespace)
			return calls{
				list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
					return client.List(ctx, opts)
				},
				watch: client.Watch,
			}
		},
	}
}

// machineSource is a dynamicSource whose lists are read straight into parts:
// there are as many Machines as Nodes, and their lists are what a start waits for.
func machineSource(kind inventory.PartKind, namespace, group, version string, mapper inventory.Mapper, cut func(*unstructured.Unstructured) *inventory.Machine) source {
	s := dynamicSource(kind, namespace, group, version, "machines", cut)
	s.whole = true
	open := s.open
	s.open = func(c *Client, gvr schema.GroupVersionResource) calls {
		out := open(c, gvr)
		out.list = func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			body, err := c.listJSON(ctx, gvr, namespace, opts)
			if err != nil {
				return nil, err
			}
			machines, version, err := mapper.ReadMachines(kind, body)
			if err := errors.Join(err, body.Close()); err != nil {
				return nil, err
			}
			list := &metainternal.List{ListMeta: metav1.ListMeta{ResourceVersion: version}, Items: make([]runtime.Object, len(machines))}
			for i, machine := range machines {
				list.Items[i] = machine
			}
			return list, nil
		}
		return out
	}
	return s
}

// cutter makes a transform that leaves parts as they are, since client-go may
// transform an object twice.
func cutter[T runtime.Object, P inventory.Part](cut func(T) P) func(runtime.Object) (inventory.Part, error) {
	return func(obj runtime.Object) (inventory.Part, error) {
		switch obj := obj.(type) {
		case inventory.Part:
			return obj, nil
		case T:
			return cut(obj), nil
		default:
			return nil, fmt.Errorf("a %T came where a %T was expected", obj, *new(T))
		}
	}
}

// pageSize is how many whole objects a list has in memory at a time.
const pageSize = 500

// listAttempts bounds how often a list starts over because its pages expired.
const listAttempts = 3

// listParts lists everything page by page and keeps the parts alone. It returns
// all or an error, never the first pages.
func listParts(ctx context.Context, s source, list func(context.Context, metav1.ListOptions) (runtime.Object, error), opts metav1.ListOptions) (runtime.Object, error) {
	// "0" would be answered from the watch cache in one piece, whatever the limit.
	if opts.ResourceVersion == "0" {
		opts.ResourceVersion = ""
	}
	opts.Limit, opts.Continue = pageSize, ""
	first := opts
	out := &metainternal.List{}
	for attempt := 1; ; {
		page, err := list(ctx, opts)
		if err != nil {
			if apierrors.IsResourceExpired(err) && opts.Continue != "" && attempt < listAttempts {
				attempt++
				opts, out = first, &metainternal.List{}
				continue
			}
			return nil, err
		}
		at, err := meta.ListAccessor(page)
		if err != nil {
			return nil, err
		}
		err = meta.EachListItem(page, func(obj runtime.Object) error {
			part, err := s.cut(obj)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, part)
			return nil
		})
		if err != nil {
			return nil, err
		}
		out.ResourceVersion = at.GetResourceVersion()
		if opts.Continue = at.GetContinue(); opts.Continue == "" {
			return out, nil
		}
		// A continued list is at the first page's version by itself.
		opts.ResourceVersion, opts.ResourceVersionMatch = "", ""
	}
}
