package main

import (
	"context"
	"log"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"
)

type reloader struct {
	client   kubernetes.Interface
	strategy strategy
}

func (r reloader) secretChanged(ctx context.Context, secret *corev1.Secret, hash string) {
	log.Printf("changes detected in Secret %s/%s", secret.Namespace, secret.Name)
	change := change{ctx: ctx, secret: secret, hash: hash, strategy: r.strategy}
	apps := r.client.AppsV1()
	roll(change, "Deployment", apps.Deployments(secret.Namespace),
		func(list *appsv1.DeploymentList) []appsv1.Deployment { return list.Items },
		func(workload *appsv1.Deployment) *corev1.PodTemplateSpec { return &workload.Spec.Template })
	roll(change, "StatefulSet", apps.StatefulSets(secret.Namespace),
		func(list *appsv1.StatefulSetList) []appsv1.StatefulSet { return list.Items },
		func(workload *appsv1.StatefulSet) *corev1.PodTemplateSpec { return &workload.Spec.Template })
	roll(change, "DaemonSet", apps.DaemonSets(secret.Namespace),
		func(list *appsv1.DaemonSetList) []appsv1.DaemonSet { return list.Items },
		func(workload *appsv1.DaemonSet) *corev1.PodTemplateSpec { return &workload.Spec.Template })
}

// A change is a Secret with new data, and how the workloads are told.
type change struct {
	ctx      context.Context
	secret   *corev1.Secret
	hash     string
	strategy strategy
}

// mark decides and marks; it tells whether the workload has to be written.
func (c change) mark(annotations map[string]string, template *corev1.PodTemplateSpec) bool {
	container, wanted := chooseContainer(wishes(annotations, template.Annotations), c.secret, &template.Spec)
	return wanted && c.strategy(template, container, c.secret, c.hash)
}

// workloads is what the API's clients of the three kinds have in common.
type workloads[Workload, List any] interface {
	List(context.Context, metav1.ListOptions) (List, error)
	Get(context.Context, string, metav1.GetOptions) (*Workload, error)
	Update(context.Context, *Workload, metav1.UpdateOptions) (*Workload, error)
}

// object is a workload by its pointer, which carries the methods.
type object[Workload any] interface {
	*Workload
	metav1.Object
}

// roll marks each workload of one kind that asks for it.
func roll[Workload, List any, Object object[Workload]](
	change change, kind string, api workloads[Workload, List],
	items func(List) []Workload, template func(Object) *corev1.PodTemplateSpec,
) {
	list, err := api.List(change.ctx, metav1.ListOptions{})
	if err != nil {
		log.Printf("could not list the %ss of %s: %v", kind, change.secret.Namespace, err)
		return
	}
	for _, item := range items(list) {
		name := Object(&item).GetName()
		changed := false
		// Read again and marked anew until no other writer comes between.
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			workload, err := api.Get(change.ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			if changed = change.mark(Object(workload).GetAnnotations(), template(workload)); !changed {
				return nil
			}
			_, err = api.Update(change.ctx, workload, metav1.UpdateOptions{FieldManager: "Reloader"})
			return err
		})
		if err != nil {
			log.Printf("could not roll %s %s/%s: %v", kind, change.secret.Namespace, name, err)
		} else if changed {
			log.Printf("rolling %s %s/%s for Secret %s", kind, change.secret.Namespace, name, change.secret.Name)
		}
	}
}
