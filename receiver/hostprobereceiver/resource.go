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

// hostResource is the resource of all metrics of the host. What is not known of the host is left out.
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

// containerResource is the resource of the metrics of the container that the collector runs in, or of its control group
// outside of any: the host's attributes, and what is known of the container. The host's own has nothing of it.
func containerResource(cfg metadata.ResourceAttributesConfig, host pcommon.Resource, r *snapshot.Runtime) pcommon.Resource {
	pod := &snapshot.Runtime{}
	if r.Orchestrator == "kubernetes" || r.Orchestrator == "openshift" { // What others place is no pod.
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

// setText sets an attribute to value if it is known.
func setText(set func(string), value string) {
	if value != "" {
		set(value)
	}
}

// attributeFilter is what the configuration lets pass of one attribute.
type attributeFilter struct {
	key              string
	include, exclude filter.Filter // nil where there is none.
	// emptyOfProcess says that a process of which the attribute is not known passes as one that has it empty.
	emptyOfProcess bool
}

// passes reports whether an attribute with this text lets its metrics pass.
func (f *attributeFilter) passes(text string) bool {
	return (f.include == nil || f.include.Matches(text)) && (f.exclude == nil || !f.exclude.Matches(text))
}

// emptyInContrib are the attributes that host_metrics gives every process, empty where they are not known: its filters see them.
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

// isWanted reports whether the filters on the resource's attributes let its metrics pass: metrics_include must match
// where it is given, metrics_exclude must not.
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
