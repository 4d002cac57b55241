{{- define "cnpg-rotator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains "cnpg-rotator" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-cnpg-rotator" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cnpg-rotator.selectorLabels" -}}
app.kubernetes.io/name: cnpg-rotator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cnpg-rotator.labels" -}}
{{ include "cnpg-rotator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cnpg-rotator.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "cnpg-rotator.fullname" .) -}}
{{- end -}}

{{- define "cnpg-rotator.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{/* The catalogue as the worker reads it. */}}
{{- define "cnpg-rotator.catalogue" -}}
{{- if not .Values.components -}}
{{- fail "\n\ncomponents is empty. The catalogue is a values file: add -f components.yaml\n" -}}
{{- end -}}
components:
  {{- toYaml .Values.components | nindent 2 }}
{{- with .Values.gitops }}
gitops:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hook }}
hook:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.password }}
password:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* "true" where an object of another project's API is to be rendered. Argument: list of the root, `enabled`, the API. */}}
{{- define "cnpg-rotator.wants" -}}
{{- $root := index . 0 -}}
{{- $enabled := index . 1 -}}
{{- if eq (toString $enabled) "auto" -}}
{{- $root.Capabilities.APIVersions.Has (index . 2) -}}
{{- else -}}
{{- $enabled -}}
{{- end -}}
{{- end -}}
