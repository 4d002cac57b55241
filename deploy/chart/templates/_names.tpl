{{/*
The names in the catalogue, by namespace. src/domain/rights/names.ts gathers the same, and test/chart/rights.test.ts holds
both together. A template returns text only, so each helper returns YAML.
*/}}

{{/* Each component with its default names, as src/catalogue/component.ts and source.ts fill them in. */}}
{{- define "cnpg-rotator.components" -}}
{{- $shared := .Values.gitops | default dict -}}
{{- $all := list -}}
{{- range .Values.components -}}
  {{- $alternating := .alternating | default dict -}}
  {{- $source := .source | default dict -}}
  {{- $isGit := eq ($source.kind | default "kubernetes") "gitops" -}}
  {{- $flux := ternary (ternary $source.flux $shared.flux (hasKey $source "flux") | default dict) dict $isGit -}}
  {{- $credentials := ternary (ternary $source.credentials $shared.credentials (hasKey $source "credentials") | default dict) dict $isGit -}}
  {{- $localFiles := ternary (ternary $source.localFiles $shared.localFiles (hasKey $source "localFiles") | default dict) dict $isGit -}}
  {{- $hasVariable := or (hasKey $source "variable") (hasKey $shared "variable") -}}
  {{- $variable := ternary $source.variable $shared.variable (hasKey $source "variable") | default dict -}}
  {{- $variablesFile := ternary ($variable.file | default "cluster.yaml") "" $hasVariable -}}
  {{- $sharedVariables := list -}}
  {{- $sharedFiles := list -}}
  {{- range $path, $file := $localFiles -}}
    {{- if not (kindIs "string" $file) -}}
      {{- $sharedFiles = append $sharedFiles $file.secret -}}
      {{- if eq $path $variablesFile -}}{{- $sharedVariables = append $sharedVariables $file.secret -}}{{- end -}}
    {{- end -}}
  {{- end -}}
  {{- $consumers := list -}}
  {{- range .consumers -}}
    {{- $consumers = append $consumers (dict "namespace" .namespace "secrets" (include "cnpg-rotator.secretNames" .secrets | fromYamlArray) "copies" (.copies | default list)) -}}
  {{- end -}}
  {{- $deletes := list -}}
  {{- $home := .namespace -}}
  {{- range .restartPods -}}
    {{- $deletes = append $deletes (.namespace | default $home) -}}
  {{- end -}}
  {{- $secret := .secret | default (printf "%s-db-secret" .name) -}}
  {{- $all = append $all (dict
    "name" .name
    "namespace" .namespace
    "cluster" (.cluster | default (printf "%s-postgresql" .name))
    "secret" $secret
    "secrets" (concat (list $secret) (include "cnpg-rotator.secretNames" .otherSecrets | fromYamlArray))
    "discover" (ternary .discover true (hasKey . "discover"))
    "isAlternating" (eq (.strategy | default "in-place") "alternating")
    "logins" ($alternating.secrets | default (list (printf "%s-a-role" .name) (printf "%s-b-role" .name)))
    "consumers" $consumers
    "deletesPodsIn" $deletes
    "isGit" $isGit
    "kustomization" ($flux.kustomization | default "")
    "gitRepository" ($flux.gitRepository | default "")
    "credentials" ($credentials.secret | default "")
    "sharedVariables" $sharedVariables
    "sharedFiles" $sharedFiles) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* The names of `otherSecrets` or `secrets`, whose entries are a name or {name, keys}. */}}
{{- define "cnpg-rotator.secretNames" -}}
{{- $names := list -}}
{{- range . -}}
  {{- $names = append $names (ternary . (get (ternary dict . (kindIs "string" .)) "name") (kindIs "string" .)) -}}
{{- end -}}
{{- toYaml $names -}}
{{- end -}}

{{/* Those names of a list of namespace/name that are in one namespace. Argument: list of the namespace, the list. */}}
{{- define "cnpg-rotator.in" -}}
{{- $namespace := index . 0 -}}
{{- $names := list -}}
{{- range index . 1 -}}
  {{- $ref := splitn "/" 2 . -}}
  {{- if eq $ref._0 $namespace -}}{{- $names = append $names $ref._1 -}}{{- end -}}
{{- end -}}
{{- toYaml ($names | uniq) -}}
{{- end -}}

{{/* By namespace: the components' own first, then their consumers', then Flux's. */}}
{{- define "cnpg-rotator.names" -}}
{{- $rights := .Values.rights -}}
{{- $components := include "cnpg-rotator.components" . | fromYamlArray -}}
{{- $own := list -}}
{{- $consumers := list -}}
{{- $git := list -}}
{{- $kustomizations := list -}}
{{- $gitRepositories := list -}}
{{- $credentials := list -}}
{{- $sharedVariables := list -}}
{{- $sharedFiles := list -}}
{{- range $components -}}
  {{- $own = append $own .namespace -}}
  {{- range .consumers -}}{{- $consumers = append $consumers .namespace -}}{{- end -}}
  {{- if and .isGit $rights.gitops -}}
    {{- range compact (concat (list .kustomization .gitRepository .credentials) .sharedFiles) -}}
      {{- $git = append $git (splitn "/" 2 .)._0 -}}
    {{- end -}}
    {{- $kustomizations = concat $kustomizations (compact (list .kustomization)) -}}
    {{- $gitRepositories = concat $gitRepositories (compact (list .gitRepository)) -}}
    {{- $credentials = concat $credentials (compact (list .credentials)) -}}
    {{- $sharedVariables = concat $sharedVariables .sharedVariables -}}
    {{- $sharedFiles = concat $sharedFiles .sharedFiles -}}
  {{- end -}}
{{- end -}}
{{- range $rights.more.configMaps -}}{{- $git = append $git (splitn "/" 2 .)._0 -}}{{- end -}}
{{- $all := list -}}
{{- range $namespace := concat $own $consumers $git | uniq -}}
  {{- $names := dict "namespace" $namespace "components" list "isOfCatalogue" false "discovers" false "deletesPods" $rights.deletePods -}}
  {{- $changed := list -}}
  {{- $authorities := list -}}
  {{- $fromGit := list -}}
  {{- $copies := list -}}
  {{- $loginSecrets := list -}}
  {{- $allLogins := list -}}
  {{- $ownerObjects := list -}}
  {{- $adoptionSecrets := list -}}
  {{- $staging := list -}}
  {{- $clusters := list -}}
  {{- range $components -}}
    {{- $concerns := eq .namespace $namespace -}}
    {{- if $concerns -}}
      {{- $_ := set $names "components" (append $names.components .name) -}}
      {{- $authorities = append $authorities (printf "%s-ca" .cluster) -}}
      {{- if .isGit -}}{{- $fromGit = concat $fromGit .secrets -}}{{- else -}}{{- $changed = concat $changed .secrets -}}{{- end -}}
      {{- $staging = append $staging (printf "%s-rotation" .secret) -}}
      {{- $clusters = append $clusters .cluster -}}
      {{- if or $rights.alternating .isAlternating -}}{{- $loginSecrets = concat $loginSecrets .logins -}}{{- end -}}
      {{- $allLogins = concat $allLogins .logins -}}
      {{- $ownerObjects = append $ownerObjects (printf "%s-role" .name) -}}
      {{- $adoptionSecrets = concat $adoptionSecrets (list (printf "%s-owner-role" .name)) .logins -}}
    {{- end -}}
    {{- if has $namespace .deletesPodsIn -}}{{- $_ := set $names "deletesPods" true -}}{{- end -}}
    {{- range .consumers -}}
      {{- if eq .namespace $namespace -}}{{- $concerns = true -}}{{- end -}}
    {{- end -}}
    {{- if $concerns -}}
      {{- $_ := set $names "isOfCatalogue" true -}}
      {{- if .discover -}}{{- $_ := set $names "discovers" true -}}{{- end -}}
    {{- end -}}
  {{- end -}}
  {{- /* What is the consumers' comes after what is the components' own. */ -}}
  {{- range $components -}}
    {{- $isGit := .isGit -}}
    {{- range .consumers -}}
      {{- if eq .namespace $namespace -}}
        {{- if $isGit -}}{{- $fromGit = concat $fromGit .secrets -}}{{- else -}}{{- $changed = concat $changed .secrets -}}{{- end -}}
        {{- $copies = concat $copies .copies -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- $changed = concat $changed (include "cnpg-rotator.in" (list $namespace $sharedVariables) | fromYamlArray) -}}
  {{- $read := concat $authorities $fromGit $copies (include "cnpg-rotator.in" (list $namespace $credentials) | fromYamlArray) (include "cnpg-rotator.in" (list $namespace $sharedFiles) | fromYamlArray) (include "cnpg-rotator.in" (list $namespace $rights.more.secrets) | fromYamlArray) | uniq -}}
  {{- range $changed -}}{{- $read = without $read . -}}{{- end -}}
  {{- $ownDatabaseRoles := list -}}
  {{- if $rights.databaseRoles -}}
    {{- range $components -}}
      {{- if eq .namespace $namespace -}}{{- $ownDatabaseRoles = concat $ownDatabaseRoles (list (printf "%s-role" .name)) .logins -}}{{- end -}}
    {{- end -}}
  {{- end -}}
  {{- $workloads := list -}}
  {{- range $rights.more.workloads -}}
    {{- $ref := splitn "/" 3 . -}}
    {{- if eq $ref._0 $namespace -}}{{- $workloads = append $workloads (dict "kind" $ref._1 "name" $ref._2) -}}{{- end -}}
  {{- end -}}
  {{- $clusters = $clusters | uniq -}}
  {{- $services := list -}}
  {{- range $clusters -}}{{- $services = append $services (printf "%s-rw" .) -}}{{- end -}}
  {{- $all = append $all (merge $names (dict
    "changed" ($changed | uniq)
    "read" $read
    "loginSecrets" $loginSecrets
    "staging" $staging
    "clusters" $clusters
    "services" $services
    "databaseRoles" (concat $ownDatabaseRoles (include "cnpg-rotator.in" (list $namespace $rights.more.databaseRoles) | fromYamlArray) | uniq)
    "workloads" $workloads
    "kustomizations" (include "cnpg-rotator.in" (list $namespace $kustomizations) | fromYamlArray)
    "gitRepositories" (include "cnpg-rotator.in" (list $namespace $gitRepositories) | fromYamlArray)
    "configMaps" (include "cnpg-rotator.in" (list $namespace $rights.more.configMaps) | fromYamlArray)
    "adoptionSecrets" $adoptionSecrets
    "ownerObjects" (ternary $ownerObjects list $rights.databaseRoles)
    "loginObjects" (ternary $allLogins list $rights.databaseRoles))) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}
