{{- define "kvorum.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for "-headless", and for the names of pods and their revisions. */}}
{{- define "kvorum.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "kvorum.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "kvorum.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kvorum.headless" -}}
{{- include "kvorum.fullname" . }}-headless
{{- end -}}

{{/* What selects the pods: never changes in the life of a release. */}}
{{- define "kvorum.selector" -}}
app.kubernetes.io/name: {{ include "kvorum.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kvorum.labels" -}}
{{ include "kvorum.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The address of the member whose name is given, within the Kubernetes cluster. */}}
{{- define "kvorum.host" -}}
{{- $root := index . 0 -}}
{{- printf "%s.%s.%s.svc" (index . 1) (include "kvorum.headless" $root) $root.Release.Namespace -}}
{{- end -}}

{{- define "kvorum.initialCluster" -}}
{{- $members := list -}}
{{- range $i := until (int .Values.replicaCount) -}}
{{- $name := printf "%s-%d" (include "kvorum.fullname" $) $i -}}
{{- $members = append $members (printf "%s=http://%s:2380" $name (include "kvorum.host" (list $ $name))) -}}
{{- end -}}
{{- join "," $members -}}
{{- end -}}
