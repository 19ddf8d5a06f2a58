// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"reflect"
	"slices"

	"go.opentelemetry.io/collector/filter"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// hostResource is the resource of all metrics of the host. Unknown attributes are omitted.
func hostResource(cfg metadata.ResourceAttributesConfig, h *snapshot.Host) pcommon.Resource {
	b := metadata.NewResourceBuilder(cfg)
	setText(b.SetHostArch, h.Arch)
	setText(b.SetHostID, h.ID)
	setText(b.SetHostName, h.Name)
	setText(b.SetOsDescription, h.OSDescription)
	setText(b.SetOsType, h.OSType)
	setText(b.SetOsVersion, h.OSVersion)
	return b.Emit()
}

// containerResource is the resource of the metrics of the container that the collector runs in, or of its cgroup outside of any
// container: the attributes of the host and the known ones of the container. The host's own resource has none of the latter.
func containerResource(cfg metadata.ResourceAttributesConfig, host pcommon.Resource, r *snapshot.Runtime) pcommon.Resource {
	pod := &snapshot.Runtime{}
	if r.Orchestrator == "kubernetes" || r.Orchestrator == "openshift" { // Other orchestrators have no pods.
		pod = r
	}
	b := metadata.NewResourceBuilder(cfg)
	setText(b.SetContainerID, r.ContainerID)
	setText(b.SetContainerRuntimeName, r.ContainerRuntime)
	setText(b.SetHostprobeOrchestrator, r.Orchestrator)
	setText(b.SetK8sContainerName, pod.ContainerName)
	setText(b.SetK8sNamespaceName, pod.Namespace)
	setText(b.SetK8sPodName, pod.WorkloadName)
	setText(b.SetK8sPodUID, pod.WorkloadID)
	container := b.Emit()
	for key, value := range host.Attributes().All() {
		value.CopyTo(container.Attributes().PutEmpty(key))
	}
	return container
}

// setText sets an attribute if the value is known.
func setText(set func(string), value string) {
	if value != "" {
		set(value)
	}
}

// attributeFilter is the metrics_include and metrics_exclude of an attribute.
type attributeFilter struct {
	key              string
	include, exclude filter.Filter // nil if there is none.
	// emptyOfProcess is true if the unknown attribute of a process counts as empty.
	emptyOfProcess bool
}

// passes reports whether metrics with this attribute value are kept.
func (f *attributeFilter) passes(text string) bool {
	return (f.include == nil || f.include.Matches(text)) && (f.exclude == nil || !f.exclude.Matches(text))
}

// emptyInContrib are the attributes that host_metrics sets for every process, empty if unknown, so that its filters apply to them.
var emptyInContrib = []string{
	"process.cgroup", "process.command", "process.command_line", "process.executable.name", "process.executable.path",
}

func attributeFilters(cfg metadata.ResourceAttributesConfig) (filters []attributeFilter) {
	attributes := reflect.ValueOf(cfg)
	for i := range attributes.NumField() {
		attribute := attributes.Field(i).Interface().(metadata.ResourceAttributeConfig)
		f := attributeFilter{key: attributes.Type().Field(i).Tag.Get("mapstructure")}
		if attribute.MetricsInclude != nil {
			f.include = filter.CreateFilter(attribute.MetricsInclude)
		}
		if attribute.MetricsExclude != nil {
			f.exclude = filter.CreateFilter(attribute.MetricsExclude)
		}
		f.emptyOfProcess = attribute.Enabled && slices.Contains(emptyInContrib, f.key)
		if f.include != nil || f.exclude != nil {
			filters = append(filters, f)
		}
	}
	return filters
}

// isWanted reports whether the filters keep the metrics of a resource: metrics_include must match if it is set, metrics_exclude
// must not.
func isWanted(filters []attributeFilter, r pcommon.Resource) bool {
	for i := range filters {
		f := &filters[i]
		if value, ok := r.Attributes().Get(f.key); ok && !f.passes(value.AsString()) {
			return false
		}
	}
	return true
}

// isProcessWanted is isWanted for the resource of a process.
func isProcessWanted(filters []attributeFilter, r pcommon.Resource) bool {
	for i := range filters {
		f := &filters[i]
		if _, known := r.Attributes().Get(f.key); !known && f.emptyOfProcess && !f.passes("") {
			return false
		}
	}
	return isWanted(filters, r)
}
