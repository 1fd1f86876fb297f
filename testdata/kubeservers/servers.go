// Package kubeservers pins kube-apiserver and etcd, the real servers behind
// the tests of the kubernetes plugin. It holds no code of its own.
package kubeservers

import (
	_ "go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
)
