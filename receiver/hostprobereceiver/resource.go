// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"reflect"

	"go.opentelemetry.io/collector/filter"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// hostResource is the resource of all metrics of the host. What is not known of the host is left out.
func hostResource(cfg metadata.ResourceAttributesConfig, h *snapshot.Host) pcommon.Resource {
	b := metadata.NewResourceBuilder(cfg)
	for _, attribute := range []struct {
		set   func(string)
		value string
	}{
		{b.SetHostArch, h.Arch},
		{b.SetHostID, h.ID},
		{b.SetHostName, h.Name},
		{b.SetOsDescription, h.OSDescription},
		{b.SetOsType, h.OSType},
		{b.SetOsVersion, h.OSVersion},
	} {
		if attribute.value != "" {
			attribute.set(attribute.value)
		}
	}
	return b.Emit()
}

// isWanted reports whether the filters on the resource's attributes let its metrics pass: metrics_include must match
// where it is given, metrics_exclude must not.
func isWanted(cfg metadata.ResourceAttributesConfig, r pcommon.Resource) bool {
	attributes := reflect.ValueOf(cfg)
	for i := range attributes.NumField() {
		attribute := attributes.Field(i).Interface().(metadata.ResourceAttributeConfig)
		value, ok := r.Attributes().Get(attributes.Type().Field(i).Tag.Get("mapstructure"))
		if !ok {
			continue
		}
		include, exclude := attribute.MetricsInclude, attribute.MetricsExclude
		if include != nil && !filter.CreateFilter(include).Matches(value.Str()) ||
			exclude != nil && filter.CreateFilter(exclude).Matches(value.Str()) {
			return false
		}
	}
	return true
}
