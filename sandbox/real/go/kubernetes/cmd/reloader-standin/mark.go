package main

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	corev1 "k8s.io/api/core/v1"
)

// A strategy marks the pod template for a Secret's new hash and tells whether that changed anything.
type strategy func(template *corev1.PodTemplateSpec, container int, secret *corev1.Secret, hash string) bool

var strategies = map[string]strategy{"env-vars": markVariable, "annotations": markAnnotation}

func markVariable(template *corev1.PodTemplateSpec, container int, secret *corev1.Secret, hash string) bool {
	name := variableName(secret.Name)
	for index := range template.Spec.Containers {
		variables := template.Spec.Containers[index].Env
		for position := range variables {
			if variables[position].Name == name {
				changed := variables[position].Value != hash
				variables[position].Value = hash
				return changed
			}
		}
	}
	chosen := &template.Spec.Containers[container]
	chosen.Env = append(chosen.Env, corev1.EnvVar{Name: name, Value: hash})
	return true
}

// variableName turns litellm-db-secret into STAKATER_LITELLM_DB_SECRET_SECRET.
func variableName(secret string) string {
	var name strings.Builder
	inRun := false
	for _, letter := range secret {
		if unicode.IsLetter(letter) || unicode.IsDigit(letter) {
			name.WriteRune(unicode.ToUpper(letter))
			inRun = false
		} else if !inRun {
			name.WriteByte('_')
			inRun = true
		}
	}
	return "STAKATER_" + name.String() + "_SECRET"
}

const annotationLastReloaded = "reloader.stakater.com/last-reloaded-from"

func markAnnotation(template *corev1.PodTemplateSpec, container int, secret *corev1.Secret, hash string) bool {
	mark, err := json.Marshal(map[string]any{
		"type":          "SECRET",
		"name":          secret.Name,
		"namespace":     secret.Namespace,
		"hash":          hash,
		"containerRefs": []string{template.Spec.Containers[container].Name},
		"observedAt":    time.Now().Unix(),
	})
	if err != nil {
		return false
	}
	if template.Annotations == nil {
		template.Annotations = map[string]string{}
	}
	template.Annotations[annotationLastReloaded] = string(mark)
	return true
}
