{{/* How the worker reaches Temporal: the standard variables of Temporal's SDKs. */}}
{{- define "cnpg-rotator.temporalEnv" -}}
{{- $temporal := .Values.temporal -}}
- name: TEMPORAL_ADDRESS
  value: {{ $temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ $temporal.namespace | quote }}
{{- if or $temporal.tls.enabled $temporal.tls.caSecret.name $temporal.tls.clientSecret.name }}
- name: TEMPORAL_TLS
  value: 'true'
{{- end }}
{{- with $temporal.tls.serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- with $temporal.tls.caSecret }}
{{- if .name }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/cnpg-rotator/temporal-ca/{{ .key }}
{{- end }}
{{- end }}
{{- with $temporal.tls.clientSecret }}
{{- if .name }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/cnpg-rotator/temporal-client/{{ .certKey }}
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/cnpg-rotator/temporal-client/{{ .keyKey }}
{{- end }}
{{- end }}
{{- with $temporal.apiKeySecret }}
{{- if .name }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .key }}
{{- end }}
{{- end }}
{{- if .Values.versioning.enabled }}
- name: TEMPORAL_DEPLOYMENT_NAME
  value: {{ .Values.versioning.deploymentName | default (include "cnpg-rotator.fullname" .) | quote }}
- name: TEMPORAL_WORKER_BUILD_ID
  value: {{ .Values.versioning.buildId | default (.Values.image.tag | default .Chart.AppVersion) | quote }}
{{- end }}
{{- end -}}

{{/* The worker's pod, for a Deployment and for Temporal's worker controller, which sets the variables of Temporal itself. */}}
{{- define "cnpg-rotator.podTemplate" -}}
{{- $tls := .Values.temporal.tls -}}
{{- $ownConnection := not .Values.workerController.enabled -}}
{{- $payloadKeys := .Values.temporal.payloadKeySecret -}}
metadata:
  labels:
    {{- include "cnpg-rotator.selectorLabels" . | nindent 4 }}
    {{- with mergeOverwrite (dict) .Values.commonLabels .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # The worker reads the catalogue when it starts.
    checksum/components: {{ include "cnpg-rotator.catalogue" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "cnpg-rotator.serviceAccountName" . }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    seccompProfile:
      type: RuntimeDefault
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: worker
      image: {{ include "cnpg-rotator.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        - name: CNPG_ROTATOR_COMPONENTS
          value: /etc/cnpg-rotator/catalogue/components.yaml
        - name: CNPG_ROTATOR_TASK_QUEUE
          value: {{ .Values.temporal.taskQueue | quote }}
        - name: CNPG_ROTATOR_HTTP_PORT
          value: {{ .Values.http.port | quote }}
        {{- if $payloadKeys.name }}
        - name: CNPG_ROTATOR_PAYLOAD_KEY_FILE
          value: /etc/cnpg-rotator/payload-keys/{{ $payloadKeys.key }}
        {{- end }}
        {{- if $ownConnection }}
        {{- include "cnpg-rotator.temporalEnv" . | nindent 8 }}
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: http
          containerPort: {{ .Values.http.port }}
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
      securityContext:
        allowPrivilegeEscalation: false
        privileged: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: catalogue
          mountPath: /etc/cnpg-rotator/catalogue
          readOnly: true
        - name: scratch
          mountPath: /tmp
        # A container's own /dev/shm has 64 MB.
        - name: scratch
          mountPath: /dev/shm
        {{- if and $ownConnection $tls.caSecret.name }}
        - name: temporal-ca
          mountPath: /etc/cnpg-rotator/temporal-ca
          readOnly: true
        {{- end }}
        {{- if and $ownConnection $tls.clientSecret.name }}
        - name: temporal-client
          mountPath: /etc/cnpg-rotator/temporal-client
          readOnly: true
        {{- end }}
        {{- if $payloadKeys.name }}
        - name: payload-keys
          mountPath: /etc/cnpg-rotator/payload-keys
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: catalogue
      configMap:
        name: {{ include "cnpg-rotator.fullname" . }}-components
    - name: scratch
      emptyDir:
        medium: Memory
        sizeLimit: {{ .Values.scratch.sizeLimit }}
    {{- if and $ownConnection $tls.caSecret.name }}
    - name: temporal-ca
      secret:
        secretName: {{ $tls.caSecret.name }}
        defaultMode: 0440
    {{- end }}
    {{- if and $ownConnection $tls.clientSecret.name }}
    - name: temporal-client
      secret:
        secretName: {{ $tls.clientSecret.name }}
        defaultMode: 0440
    {{- end }}
    {{- if $payloadKeys.name }}
    - name: payload-keys
      secret:
        secretName: {{ $payloadKeys.name }}
        defaultMode: 0440
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
