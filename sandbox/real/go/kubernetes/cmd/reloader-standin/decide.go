package main

import (
	"crypto/sha1"
	"encoding/hex"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// secretHash is Reloader's: SHA-1 over key=value, decoded, sorted by key, joined with a semicolon.
func secretHash(data map[string][]byte) string {
	pairs := make([]string, 0, len(data))
	for key, value := range data {
		pairs = append(pairs, key+"="+string(value))
	}
	sort.Strings(pairs)
	sum := sha1.Sum([]byte(strings.Join(pairs, ";")))
	return hex.EncodeToString(sum[:])
}

// watches tells whether this Reloader hears of the Secret at all.
func (o options) watches(secret *corev1.Secret, namespaceLabels map[string]string) bool {
	if o.webhook != "" || o.resourcesToIgnore.contains("secrets") {
		return false
	}
	if o.onlyNamespace != "" && o.onlyNamespace != secret.Namespace {
		return false
	}
	if o.ignoredNamespaces.contains(secret.Namespace) {
		return false
	}
	if o.onlyNamespace == "" && !matches(o.namespaceSelector.selector(), namespaceLabels) {
		return false
	}
	return matches(o.secretSelector.selector(), secret.Labels)
}

func matches(selector string, of map[string]string) bool {
	parsed, err := labels.Parse(selector)
	return err == nil && parsed.Matches(labels.Set(of))
}

type decision int

const (
	// leaves: nothing happens.
	leaves decision = iota
	// asAuto: only where the pods refer to the Secret.
	asAuto
	// asNamed: also where they do not.
	asNamed
)

// shouldReload is Reloader's ShouldReload of v1.4. The annotations of the workload count, and those of the pod template
// only when the workload has none of the four.
func (o options) shouldReload(kind string, workload, template map[string]string, secret *corev1.Secret) decision {
	if o.ignoredWorkloads.contains(strings.ToLower(kind)+"s") || kind == "Rollout" && !o.argoRollouts {
		return leaves
	}
	if o.knowsIgnore() && secret.Annotations[o.names.ignore] == "true" {
		return leaves
	}
	annotations := template
	for _, name := range []string{o.names.reload, o.names.auto, o.names.secretAuto, o.names.search} {
		if _, found := workload[name]; found {
			annotations = workload
		}
	}
	for _, excluded := range strings.Split(workload[annotationExclude], ",") {
		if strings.TrimSpace(excluded) == secret.Name {
			return leaves
		}
	}
	autoValue, typedValue := annotations[o.names.auto], annotations[o.names.secretAuto]
	auto, _ := strconv.ParseBool(autoValue)
	typedAuto, _ := strconv.ParseBool(typedValue)
	if auto || typedAuto || autoValue == "" && typedValue == "" && o.autoReloadAll {
		return asAuto
	}
	if namedBy(annotations[o.names.reload], secret.Name) {
		return asNamed
	}
	if annotations[o.names.search] == "true" && secret.Annotations[o.names.match] == "true" {
		return asAuto
	}
	return leaves
}

func (o options) knowsIgnore() bool { return o.isAtLeast(1, 4, 6) && o.version != "v1.4.9" }

// pause is how long a Deployment is paused; false where its period is no duration, and Reloader gives the reload up.
func (o options) pause(annotations map[string]string) (time.Duration, bool) {
	period, found := annotations[o.names.pausePeriod]
	if !found || !o.isAtLeast(1, 4, 0) {
		return 0, true
	}
	duration, err := time.ParseDuration(period)
	return duration, err == nil
}

// chooseContainer returns the index of the container that is to carry the mark, or false when the workload is not to be
// rolled for this Secret.
func (d decision) chooseContainer(secret string, pod *corev1.PodSpec) (int, bool) {
	index, referenced := containerThatReads(pod, secret)
	switch d {
	case asAuto:
		return index, referenced
	case asNamed:
		return index, len(pod.Containers) > 0
	default:
		return 0, false
	}
}

// namedBy tells whether a list of anchored regular expressions, parted by commas, names the Secret.
func namedBy(list, name string) bool {
	for _, part := range strings.Split(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if expression, err := regexp.Compile("^" + part + "$"); err == nil && expression.MatchString(name) {
			return true
		}
	}
	return false
}

// containerThatReads finds a container with the Secret in env, envFrom, a volume or a projected volume. A Secret that
// only an init container reads marks the first container, as in Reloader.
func containerThatReads(pod *corev1.PodSpec, secret string) (int, bool) {
	volumes := map[string]bool{}
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = volumeHolds(volume, secret)
	}
	for index, container := range pod.Containers {
		if containerReads(container, secret, volumes) {
			return index, true
		}
	}
	for _, container := range pod.InitContainers {
		if containerReads(container, secret, volumes) {
			return 0, true
		}
	}
	return 0, false
}

func volumeHolds(volume corev1.Volume, secret string) bool {
	if volume.Secret != nil && volume.Secret.SecretName == secret {
		return true
	}
	if volume.Projected != nil {
		for _, source := range volume.Projected.Sources {
			if source.Secret != nil && source.Secret.Name == secret {
				return true
			}
		}
	}
	return false
}

func containerReads(container corev1.Container, secret string, volumes map[string]bool) bool {
	for _, variable := range container.Env {
		if variable.ValueFrom != nil && variable.ValueFrom.SecretKeyRef != nil && variable.ValueFrom.SecretKeyRef.Name == secret {
			return true
		}
	}
	for _, source := range container.EnvFrom {
		if source.SecretRef != nil && source.SecretRef.Name == secret {
			return true
		}
	}
	for _, mount := range container.VolumeMounts {
		if volumes[mount.Name] {
			return true
		}
	}
	return false
}
