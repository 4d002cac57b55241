package main

import (
	"flag"
	"strings"
)

// options are what Reloader's arguments say, with its defaults.
type options struct {
	autoReloadAll     bool
	argoRollouts      bool
	strategy          string
	webhook           string
	resourcesToIgnore list
	ignoredWorkloads  list
	ignoredNamespaces list
	namespaceSelector list
	secretSelector    list
	onlyNamespace     string
	// The version whose behaviour is asked for; empty is the newest.
	version string
	names   names
}

// names are the annotations, which can have other names.
type names struct {
	auto, secretAuto, reload, search, match, ignore, pausePeriod, pausedAt string
}

const annotationExclude = "secrets.exclude.reloader.stakater.com/reload"

// list is a flag that may be given several times, and takes several values parted by commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	*l = append(*l, strings.Split(text, ",")...)
	return nil
}

func (l list) contains(wanted string) bool {
	for _, value := range l {
		if value == wanted {
			return true
		}
	}
	return false
}

// selector is in the API's notation; Reloader also takes key:value, and * for any value.
func (l list) selector() string {
	parts := make([]string, 0, len(l))
	for _, part := range l {
		part = strings.Replace(part, ":", "=", 1)
		parts = append(parts, strings.TrimSuffix(part, "=*"))
	}
	return strings.Join(parts, ",")
}

func parseOptions(args []string, onlyNamespace string) (options, error) {
	o := options{onlyNamespace: onlyNamespace}
	flags := flag.NewFlagSet("reloader", flag.ContinueOnError)
	flags.BoolVar(&o.autoReloadAll, "auto-reload-all", false, "every workload")
	flags.BoolVar(&o.argoRollouts, "is-Argo-Rollouts", false, "Argo Rollouts too")
	flags.StringVar(&o.strategy, "reload-strategy", "env-vars", "env-vars or annotations")
	flags.StringVar(&o.webhook, "webhook-url", "", "a webhook instead of a restart")
	flags.Var(&o.resourcesToIgnore, "resources-to-ignore", "secrets or configMaps")
	flags.Var(&o.ignoredWorkloads, "ignored-workload-types", "jobs, cronjobs")
	flags.Var(&o.ignoredNamespaces, "namespaces-to-ignore", "namespaces")
	flags.Var(&o.namespaceSelector, "namespace-selector", "labels of namespaces")
	flags.Var(&o.secretSelector, "resource-label-selector", "labels of Secrets")
	flags.StringVar(&o.names.auto, "auto-annotation", "reloader.stakater.com/auto", "")
	flags.StringVar(&o.names.secretAuto, "secret-auto-annotation", "secret.reloader.stakater.com/auto", "")
	flags.StringVar(&o.names.reload, "secret-annotation", "secret.reloader.stakater.com/reload", "")
	flags.StringVar(&o.names.search, "auto-search-annotation", "reloader.stakater.com/search", "")
	flags.StringVar(&o.names.match, "search-match-annotation", "reloader.stakater.com/match", "")
	flags.StringVar(&o.names.ignore, "ignore-annotation", "reloader.stakater.com/ignore", "")
	flags.StringVar(&o.names.pausePeriod, "pause-deployment-annotation", "deployment.reloader.stakater.com/pause-period", "")
	flags.StringVar(&o.names.pausedAt, "pause-deployment-time-annotation", "deployment.reloader.stakater.com/paused-at", "")
	return o, flags.Parse(args)
}

// isAtLeast compares with a version such as v1.4.6, part by part.
func (o options) isAtLeast(major, minor, patch int) bool {
	if o.version == "" {
		return true
	}
	parts := numbers(o.version)
	for index, least := range []int{major, minor, patch} {
		if index < len(parts) && parts[index] != least {
			return parts[index] > least
		}
	}
	return true
}

func numbers(version string) []int {
	var found []int
	for _, part := range strings.Split(strings.TrimPrefix(version, "v"), ".") {
		number := 0
		for _, digit := range part {
			if digit < '0' || digit > '9' {
				break
			}
			number = number*10 + int(digit-'0')
		}
		found = append(found, number)
	}
	return found
}
