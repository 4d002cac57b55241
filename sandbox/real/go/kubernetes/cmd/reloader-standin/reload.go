package main

import (
	"context"
	"log"
	"maps"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"
)

type reloader struct {
	client   kubernetes.Interface
	options  options
	strategy strategy
	lock     sync.Mutex
	// The pauses that are to be ended, by Deployment.
	timers map[string]*time.Timer
}

func newReloader(client kubernetes.Interface, options options, strategy strategy) *reloader {
	return &reloader{client: client, options: options, strategy: strategy, timers: map[string]*time.Timer{}}
}

func (r *reloader) secretChanged(ctx context.Context, secret *corev1.Secret, hash string) {
	if !r.options.watches(secret, r.namespaceLabels(ctx, secret.Namespace)) {
		return
	}
	log.Printf("changes detected in Secret %s/%s", secret.Namespace, secret.Name)
	change := change{ctx: ctx, secret: secret, hash: hash, strategy: r.strategy, options: r.options, reloader: r}
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
	r.startCronJobs(ctx, secret)
}

// namespaceLabels are read only where the arguments select by them.
func (r *reloader) namespaceLabels(ctx context.Context, namespace string) map[string]string {
	if len(r.options.namespaceSelector) == 0 {
		return nil
	}
	found, err := r.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	if err != nil {
		log.Printf("could not read namespace %s: %v", namespace, err)
		return nil
	}
	return found.Labels
}

// startCronJobs starts a Job from each CronJob that asks for the Secret.
func (r *reloader) startCronJobs(ctx context.Context, secret *corev1.Secret) {
	cronJobs, err := r.client.BatchV1().CronJobs(secret.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		log.Printf("could not list the CronJobs of %s: %v", secret.Namespace, err)
		return
	}
	for _, cronJob := range cronJobs.Items {
		template := cronJob.Spec.JobTemplate
		pod := &template.Spec.Template
		decision := r.options.shouldReload("CronJob", cronJob.Annotations, pod.Annotations, secret)
		if _, wanted := decision.chooseContainer(secret.Name, &pod.Spec); !wanted {
			continue
		}
		annotations := map[string]string{"cronjob.kubernetes.io/instantiate": "manual"}
		maps.Copy(annotations, template.Annotations)
		owner := *metav1.NewControllerRef(&cronJob, batchv1.SchemeGroupVersion.WithKind("CronJob"))
		job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{
			GenerateName: cronJob.Name + "-", Namespace: cronJob.Namespace, Labels: template.Labels,
			Annotations: annotations, OwnerReferences: []metav1.OwnerReference{owner},
		}, Spec: template.Spec}
		if _, err := r.client.BatchV1().Jobs(cronJob.Namespace).Create(ctx, job, metav1.CreateOptions{FieldManager: "Reloader"}); err != nil {
			log.Printf("could not start CronJob %s/%s: %v", cronJob.Namespace, cronJob.Name, err)
		}
	}
}

// A change is a Secret with new data, and how the workloads are told.
type change struct {
	ctx      context.Context
	secret   *corev1.Secret
	hash     string
	strategy strategy
	options  options
	reloader *reloader
}

// mark decides and marks; it tells whether the workload has to be written.
func (c change) mark(kind string, annotations map[string]string, template *corev1.PodTemplateSpec) bool {
	decision := c.options.shouldReload(kind, annotations, template.Annotations, c.secret)
	container, wanted := decision.chooseContainer(c.secret.Name, &template.Spec)
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
		changed, isPaused := false, false
		// Read again and marked anew until no other writer comes between.
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			workload, err := api.Get(change.ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			if changed = change.mark(kind, Object(workload).GetAnnotations(), template(workload)); !changed {
				return nil
			}
			if deployment, isDeployment := any(workload).(*appsv1.Deployment); isDeployment && !isPaused {
				if changed = change.reloader.pauseFirst(change.ctx, deployment); !changed {
					return nil
				}
				isPaused = true
				// The pause is in the newest version only.
				if workload, err = api.Get(change.ctx, name, metav1.GetOptions{}); err != nil {
					return err
				}
				change.mark(kind, Object(workload).GetAnnotations(), template(workload))
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
