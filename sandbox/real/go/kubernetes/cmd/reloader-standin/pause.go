package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// pauseFirst pauses a Deployment before its pod template is marked, as Reloader v1.4 does. It returns false where the
// period is no duration.
func (r *reloader) pauseFirst(ctx context.Context, deployment *appsv1.Deployment) bool {
	period, isDuration := r.options.pause(deployment.Annotations)
	if !isDuration || period == 0 {
		return isDuration
	}
	key := deployment.Namespace + "/" + deployment.Name
	if deployment.Spec.Paused {
		// Whom another process of Reloader paused has no timer here.
		if startedAt, err := time.Parse(time.RFC3339, deployment.Annotations[r.options.names.pausedAt]); err == nil {
			r.resumeLater(ctx, key, deployment, max(0, period-time.Since(startedAt)))
		}
		return true
	}
	now := time.Now().Format(time.RFC3339)
	if !r.patchPause(ctx, deployment, true, &now) {
		return false
	}
	r.resumeLater(ctx, key, deployment, period)
	return true
}

// resumeLater starts one timer for a Deployment. As in Reloader, a pause that somebody else ended keeps its timer.
func (r *reloader) resumeLater(ctx context.Context, key string, deployment *appsv1.Deployment, after time.Duration) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if _, exists := r.timers[key]; exists {
		return
	}
	r.timers[key] = time.AfterFunc(after, func() {
		current, err := r.client.AppsV1().Deployments(deployment.Namespace).Get(ctx, deployment.Name, metav1.GetOptions{})
		if err != nil || !current.Spec.Paused || current.Annotations[r.options.names.pausedAt] == "" {
			return
		}
		r.lock.Lock()
		delete(r.timers, key)
		r.lock.Unlock()
		r.patchPause(ctx, current, false, nil)
	})
}

func (r *reloader) patchPause(ctx context.Context, deployment *appsv1.Deployment, paused bool, at *string) bool {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{r.options.names.pausedAt: at}},
		"spec":     map[string]any{"paused": paused},
	})
	if err == nil {
		_, err = r.client.AppsV1().Deployments(deployment.Namespace).Patch(
			ctx, deployment.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "Reloader"})
	}
	if err != nil {
		log.Printf("could not change the pause of %s/%s: %v", deployment.Namespace, deployment.Name, err)
	}
	return err == nil
}
