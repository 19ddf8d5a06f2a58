// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	const (
		mod = "require (\n\tgo.opentelemetry.io/collector/pdata v1.65.0\n\tgo.opentelemetry.io/collector/scraper v0.159.0 // indirect\n" +
			"\tgo.opentelemetry.io/otel v1.45.0\n)\n"
		manifest = "  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor v0.159.0\n"
	)
	for name, tt := range map[string]struct {
		texts []string
		want  string
	}{
		"one release":       {[]string{mod, manifest}, ""},
		"mixed in one file": {[]string{mod + "\tgo.opentelemetry.io/collector/filter v0.165.0\n"}, "v0.159.0, go.opentelemetry.io/collector/filter v0.165.0"},
		"mixed over files":  {[]string{mod, strings.ReplaceAll(manifest, "v0.159.0", "v0.158.0")}, "filterprocessor v0.158.0, go.opentelemetry.io/collector/scraper v0.159.0"},
		"mixed stable":      {[]string{mod + "go.opentelemetry.io/collector v1.66.0\n"}, "v1.65.0, go.opentelemetry.io/collector v1.66.0"},
		"none":              {[]string{"module x\n"}, "no Collector module"},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(tt.texts...)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
