// Command application stands for the real application of a component: it reads its credential from the environment
// once, as they do, and opens a new connection every INTERVAL, so that each login that PostgreSQL refuses is seen. With
// POOL_LIFETIME it makes its requests through a pool instead, whose connections live so long. With ENDS_AFTER it ends
// well after that time, as the program of a Job does.
//
// It prints one line for each login and never a password:
//
//	2026-11-24T08:00:00.123Z accepted user=litellm
//	2026-11-24T08:00:00.123Z refused user=litellm sqlstate=28P01 password authentication failed for user "litellm"
//	2026-11-24T08:00:00.123Z unreachable user=litellm dial tcp 10.96.12.1:5432: connect: connection refused
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	credential, err := readCredential(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	interval := duration("INTERVAL", 100*time.Millisecond)
	readyAfter := time.Now().Add(duration("READY_AFTER", 5*time.Second))

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if endsAfter := duration("ENDS_AFTER", 0); endsAfter > 0 {
		time.AfterFunc(endsAfter, stop)
	}
	go serveReadiness(credential, readyAfter)

	if lifetime := duration("POOL_LIFETIME", 0); lifetime > 0 {
		requestFromPool(ctx, credential, interval, lifetime)
		return
	}
	every(ctx, interval, func() { report(credential.user, credential.logIn(ctx)) })
}

// every calls act at each interval until it is told to stop.
func every(ctx context.Context, interval time.Duration, act func()) {
	for ticker := time.NewTicker(interval); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			act()
		}
	}
}

// serveReadiness answers 200 on /ready when the application has started and a fresh login of its own succeeds.
func serveReadiness(credential credential, readyAfter time.Time) {
	var oneAtATime sync.Mutex
	http.HandleFunc("/ready", func(response http.ResponseWriter, request *http.Request) {
		if time.Now().Before(readyAfter) {
			http.Error(response, "still starting", http.StatusServiceUnavailable)
			return
		}
		oneAtATime.Lock()
		defer oneAtATime.Unlock()
		if err := credential.logIn(request.Context()); err != nil {
			http.Error(response, describe(err), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(response, "ready")
	})
	if err := http.ListenAndServe(":8080", nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func duration(name string, otherwise time.Duration) time.Duration {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := time.ParseDuration(text)
	if err != nil || value < 0 {
		fmt.Fprintf(os.Stderr, "%s: expected a duration such as 100ms or 5s\n", name)
		os.Exit(1)
	}
	return value
}
