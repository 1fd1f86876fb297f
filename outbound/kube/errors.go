package kube

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/ports/store"
)

// errNoCRD tells what to install.
var errNoCRD = errors.New("kube-apiserver does not know subscriptions.netweave.io; apply deploy/kubernetes/subscriptions.netweave.io.yaml")

// unavailable wraps an error of kube-apiserver as the store's.
func unavailable(what string, err error) error {
	if noSuchResource(err) {
		err = errNoCRD
	}
	return fmt.Errorf("%s: %w: %w", what, store.ErrUnavailable, err)
}

// notFound reports whether an object is missing, rather than all that it is of.
func notFound(err error) bool { return apierrors.IsNotFound(err) && !noSuchResource(err) }

func noSuchResource(err error) bool {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) || answer.Status().Reason != metav1.StatusReasonNotFound || answer.Status().Details == nil {
		return false
	}
	for _, c := range answer.Status().Details.Causes {
		if c.Type == metav1.CauseTypeUnexpectedServerResponse {
			return true
		}
	}
	return false
}
