{{- define "tenure.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "tenure.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65534
fsGroup: 65534
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tenure.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "tenure.jobContainer" -}}
envFrom:
  - configMapRef: {name: {{ .root.Release.Name }}}
env:
  - {name: TENURE_KAFKA_USER, value: {{ .user }}}
resources:
  requests: {cpu: 100m, memory: 64Mi}
  limits: {memory: {{ .root.Values.jobs.memoryMi }}Mi}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets/tenure, readOnly: true}
securityContext:
  {{- include "tenure.containerSecurity" .root | nindent 2 }}
{{- end }}
