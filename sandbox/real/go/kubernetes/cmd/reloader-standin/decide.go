package main

import (
	"crypto/sha1"
	"encoding/hex"
	"regexp"
	"sort"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	annotationAuto       = "reloader.stakater.com/auto"
	annotationSecretAuto = "secret.reloader.stakater.com/auto"
	annotationReload     = "secret.reloader.stakater.com/reload"
	annotationSearch     = "reloader.stakater.com/search"
	annotationMatch      = "reloader.stakater.com/match"
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

// wishes are the annotations that count: the workload's, and the pod template's only when the workload has none.
func wishes(workload, template map[string]string) map[string]string {
	for _, name := range []string{annotationAuto, annotationSecretAuto, annotationReload, annotationSearch} {
		if _, found := workload[name]; found {
			return workload
		}
	}
	return template
}

// chooseContainer returns the index of the container that is to carry the mark, or false when the workload does not
// ask to be rolled for this Secret.
func chooseContainer(annotations map[string]string, secret *corev1.Secret, pod *corev1.PodSpec) (int, bool) {
	index, referenced := containerThatReads(pod, secret.Name)
	auto, _ := strconv.ParseBool(annotations[annotationAuto])
	typedAuto, _ := strconv.ParseBool(annotations[annotationSecretAuto])
	if (auto || typedAuto) && referenced {
		return index, true
	}
	if namedBy(annotations[annotationReload], secret.Name) {
		return index, len(pod.Containers) > 0
	}
	if annotations[annotationSearch] == "true" && secret.Annotations[annotationMatch] == "true" && referenced {
		return index, true
	}
	return 0, false
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
