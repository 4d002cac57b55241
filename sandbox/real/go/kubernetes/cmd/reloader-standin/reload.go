package main

import (
	"context"
	"log"

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
	r.reloadDeployments(ctx, secret, hash)
	r.reloadStatefulSets(ctx, secret, hash)
	r.reloadDaemonSets(ctx, secret, hash)
}

// mark decides and marks; it tells whether the workload has to be written.
func (r reloader) mark(annotations map[string]string, template *corev1.PodTemplateSpec, secret *corev1.Secret, hash string) bool {
	container, wanted := chooseContainer(wishes(annotations, template.Annotations), secret, &template.Spec)
	return wanted && r.strategy(template, container, secret, hash)
}

// write reads a workload again, marks it and updates it, until no other writer comes between.
func write(kind, name string, secret *corev1.Secret, attempt func() (bool, error)) {
	changed := false
	err := retry.RetryOnConflict(retry.DefaultRetry, func() (err error) {
		changed, err = attempt()
		return err
	})
	if err != nil {
		log.Printf("could not roll %s %s/%s: %v", kind, secret.Namespace, name, err)
	} else if changed {
		log.Printf("rolling %s %s/%s for Secret %s", kind, secret.Namespace, name, secret.Name)
	}
}

func (r reloader) reloadDeployments(ctx context.Context, secret *corev1.Secret, hash string) {
	api := r.client.AppsV1().Deployments(secret.Namespace)
	list, err := api.List(ctx, metav1.ListOptions{})
	if err != nil {
		log.Printf("could not list the Deployments of %s: %v", secret.Namespace, err)
		return
	}
	for _, item := range list.Items {
		write("Deployment", item.Name, secret, func() (bool, error) {
			workload, err := api.Get(ctx, item.Name, metav1.GetOptions{})
			if err != nil || !r.mark(workload.Annotations, &workload.Spec.Template, secret, hash) {
				return false, err
			}
			_, err = api.Update(ctx, workload, metav1.UpdateOptions{FieldManager: "Reloader"})
			return true, err
		})
	}
}

func (r reloader) reloadStatefulSets(ctx context.Context, secret *corev1.Secret, hash string) {
	api := r.client.AppsV1().StatefulSets(secret.Namespace)
	list, err := api.List(ctx, metav1.ListOptions{})
	if err != nil {
		log.Printf("could not list the StatefulSets of %s: %v", secret.Namespace, err)
		return
	}
	for _, item := range list.Items {
		write("StatefulSet", item.Name, secret, func() (bool, error) {
			workload, err := api.Get(ctx, item.Name, metav1.GetOptions{})
			if err != nil || !r.mark(workload.Annotations, &workload.Spec.Template, secret, hash) {
				return false, err
			}
			_, err = api.Update(ctx, workload, metav1.UpdateOptions{FieldManager: "Reloader"})
			return true, err
		})
	}
}

func (r reloader) reloadDaemonSets(ctx context.Context, secret *corev1.Secret, hash string) {
	api := r.client.AppsV1().DaemonSets(secret.Namespace)
	list, err := api.List(ctx, metav1.ListOptions{})
	if err != nil {
		log.Printf("could not list the DaemonSets of %s: %v", secret.Namespace, err)
		return
	}
	for _, item := range list.Items {
		write("DaemonSet", item.Name, secret, func() (bool, error) {
			workload, err := api.Get(ctx, item.Name, metav1.GetOptions{})
			if err != nil || !r.mark(workload.Annotations, &workload.Spec.Template, secret, hash) {
				return false, err
			}
			_, err = api.Update(ctx, workload, metav1.UpdateOptions{FieldManager: "Reloader"})
			return true, err
		})
	}
}
