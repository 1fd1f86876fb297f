package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Version asks what the server is.
func (c *Client) Version(ctx context.Context) (ServerVersion, error) {
	var v ServerVersion
	return v, c.getJSON(ctx, "/version", &v)
}

// NamespaceUID reads the UID of a namespace.
func (c *Client) NamespaceUID(ctx context.Context, name string) (string, error) {
	ns := &corev1.Namespace{}
	err := c.core.Get().Resource("namespaces").Name(name).Do(ctx).Into(ns)
	return string(ns.UID), err
}

// Served finds the version of a group in which the resource is served: the one
// that want names, if it is not "", or else the server's preferred one that has
// the resource. ok is false if there is none.
func (c *Client) Served(ctx context.Context, group, want, resource string) (gvr schema.GroupVersionResource, ok bool, err error) {
	var g metav1.APIGroup
	if err := c.getJSON(ctx, "/apis/"+group, &g); err != nil {
		if isNotFound(err) {
			return gvr, false, nil
		}
		return gvr, false, err
	}
	versions := []string{g.PreferredVersion.Version}
	for _, v := range g.Versions {
		versions = append(versions, v.Version)
	}
	for _, version := range versions {
		if version == "" || want != "" && version != want {
			continue
		}
		var list metav1.APIResourceList
		if err := c.getJSON(ctx, "/apis/"+group+"/"+version, &list); err != nil {
			if isNotFound(err) {
				continue
			}
			return gvr, false, err
		}
		if slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool {
			return r.Name == resource && slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "watch")
		}) {
			return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}, true, nil
		}
	}
	return gvr, false, nil
}

// Missing asks which of the verbs the plugin may not do; it is empty also where
// the server does not answer such questions.
func (c *Client) Missing(ctx context.Context, group, resource, namespace string, verbs ...string) ([]string, error) {
	var missing []string
	for _, verb := range verbs {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: verb, Group: group, Resource: resource},
		}}
		err := c.authorization.Post().Resource("selfsubjectaccessreviews").Body(review).Do(ctx).Into(review)
		if refused(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if !review.Status.Allowed {
			missing = append(missing, verb)
		}
	}
	return missing, nil
}

// listJSON lists custom resources as the server writes them.
func (c *Client) listJSON(ctx context.Context, r schema.GroupVersionResource, namespace string, opts metav1.ListOptions) (io.ReadCloser, error) {
	path := "/apis/" + r.Group + "/" + r.Version
	if namespace != "" {
		path += "/namespaces/" + namespace
	}
	return c.raw.Get().AbsPath(path+"/"+r.Resource).SetHeader("Accept", "application/json").
		SpecificallyVersionedParams(&opts, parameterCodec, corev1.SchemeGroupVersion).Stream(ctx)
}

func (c *Client) getJSON(ctx context.Context, path string, into any) error {
	body, err := c.raw.Get().AbsPath(path).SetHeader("Accept", "application/json").Do(ctx).Raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	return nil
}
