// Command reloader-standin does what Reloader v1.4 does when a Secret's data change: it marks the pod templates of
// the workloads that ask for it, so that they roll. It stands in for the real program where that cannot be had.
//
// Like the real one it is driven by watches, misses what changed while it was down, ignores changes of metadata, and
// waits for nothing: neither for the database nor for a rollout.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "decide" {
		if err := decideCases(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	options, err := parseOptions(os.Args[1:], os.Getenv("KUBERNETES_NAMESPACE"))
	if err != nil {
		log.Fatal(err)
	}
	strategy, found := strategies[options.strategy]
	if !found {
		log.Fatalf("--reload-strategy %q: expected env-vars or annotations", options.strategy)
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := watch(ctx, newReloader(client, options, strategy)); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

func watch(ctx context.Context, reloader *reloader) error {
	factory := informers.NewSharedInformerFactory(reloader.client, 0)
	secrets := factory.Core().V1().Secrets().Informer()
	// Only updates: a Secret that is new is in no running pod yet, and a start of this program is no change.
	_, err := secrets.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(before, after any) {
			old, changed := before.(*corev1.Secret), after.(*corev1.Secret)
			if hash := secretHash(changed.Data); hash != secretHash(old.Data) {
				reloader.secretChanged(ctx, changed, hash)
			}
		},
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), secrets.HasSynced) {
		return fmt.Errorf("the watch of Secrets did not start")
	}
	log.Print("watching Secrets in all namespaces")
	http.HandleFunc("/live", func(response http.ResponseWriter, _ *http.Request) { fmt.Fprintln(response, "watching") })
	go func() { log.Print(http.ListenAndServe(":9090", nil)) }()
	<-ctx.Done()
	return nil
}
