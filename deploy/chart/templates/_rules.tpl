{{/*
The rules of the Roles. src/domain/rights/rules.ts has the same rules in the same order, each with its reason, and
test/chart/rights.test.ts holds both together. docs/installing.md explains each rule.
*/}}

{{/* A rule for these objects alone; nothing where nothing is named, because no names at all would mean every object. */}}
{{- define "cnpg-rotator.onNamed" -}}
{{- if .names }}
- apiGroups: [{{ .group | quote }}]
  resources: [{{ .resource }}]
  verbs: [{{ join ", " .verbs }}]
  resourceNames:
    {{- toYaml .names | nindent 4 }}
{{- end }}
{{- end -}}

{{/* Argument: dict of `names` of one namespace and `rights`. */}}
{{- define "cnpg-rotator.rotationRules" -}}
{{- $names := .names -}}
{{- $rights := .rights -}}
{{- $isHome := gt (len $names.components) 0 -}}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "secrets" "verbs" (list "get" "patch") "names" $names.changed) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "secrets" "verbs" (list "get" "patch") "names" $names.loginSecrets) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "secrets" "verbs" (list "get" "patch" "delete") "names" $names.staging) }}
{{- $verbs := concat (ternary (list "create") list $isHome) (ternary (list "list") list $names.discovers) }}
{{- if $verbs }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [{{ join ", " $verbs }}]
{{- end }}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "secrets" "verbs" (list "get") "names" $names.read) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "postgresql.cnpg.io" "resource" "clusters" "verbs" (list "get" "watch" "patch") "names" $names.clusters) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "postgresql.cnpg.io" "resource" "databaseroles" "verbs" (list "get" "watch" "patch") "names" $names.databaseRoles) }}
{{- if $isHome }}
- apiGroups: [postgresql.cnpg.io]
  resources: [databaseroles, backups, poolers]
  verbs: [list]
{{- end }}
{{- if $names.isOfCatalogue }}
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [list]
{{- $verbs := ternary "list" "get, list, watch, patch" (gt (len $names.workloads) 0) }}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets, replicasets]
  verbs: [{{ $verbs }}]
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: [{{ $verbs }}]
{{- range $kind := list "Deployment" "StatefulSet" "DaemonSet" "ReplicaSet" "Rollout" }}
{{- $workloads := list }}
{{- range $names.workloads }}{{- if eq .kind $kind }}{{- $workloads = append $workloads .name }}{{- end }}{{- end }}
{{- include "cnpg-rotator.onNamed" (dict "group" (ternary "argoproj.io" "apps" (eq $kind "Rollout")) "resource" (printf "%ss" (lower $kind)) "verbs" (list "get" "watch" "patch") "names" $workloads) }}
{{- end }}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
{{- if $names.deletesPods }}
- apiGroups: [""]
  resources: [pods]
  verbs: [delete]
{{- end }}
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
{{- if and $isHome $rights.portForward }}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "services" "verbs" (list "get") "names" $names.services) }}
- apiGroups: [""]
  resources: [pods/portforward]
  verbs: [get, create]
{{- end }}
{{- if and $isHome $rights.exec }}
- apiGroups: [""]
  resources: [pods/exec]
  verbs: [get, create]
{{- end }}
{{- if $isHome }}
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}
{{- end }}
{{- include "cnpg-rotator.onNamed" (dict "group" "kustomize.toolkit.fluxcd.io" "resource" "kustomizations" "verbs" (list "get" "watch" "patch") "names" $names.kustomizations) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "source.toolkit.fluxcd.io" "resource" "gitrepositories" "verbs" (list "get" "patch") "names" $names.gitRepositories) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "configmaps" "verbs" (list "get") "names" $names.configMaps) }}
{{- end -}}

{{- define "cnpg-rotator.adoptionRules" -}}
{{- $names := .names -}}
{{- if $names.components }}
{{- include "cnpg-rotator.onNamed" (dict "group" "" "resource" "secrets" "verbs" (list "get" "patch" "delete") "names" $names.adoptionSecrets) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "postgresql.cnpg.io" "resource" "databaseroles" "verbs" (list "patch") "names" $names.ownerObjects) }}
{{- include "cnpg-rotator.onNamed" (dict "group" "postgresql.cnpg.io" "resource" "databaseroles" "verbs" (list "patch" "delete") "names" $names.loginObjects) }}
{{- if $names.loginObjects }}
- apiGroups: [postgresql.cnpg.io]
  resources: [databaseroles]
  verbs: [create]
{{- end }}
- apiGroups: [postgresql.cnpg.io]
  resources: [poolers]
  verbs: [list]
{{- if not .rights.exec }}
- apiGroups: [""]
  resources: [pods/exec]
  verbs: [get, create]
{{- end }}
{{- end }}
{{- end -}}
