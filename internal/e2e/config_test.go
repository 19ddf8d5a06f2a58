// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestVersion(t *testing.T) {
	manifest, err := os.ReadFile(filepath.Join(hosttest.Repository(), "builder-config.yaml"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^  version: (\S+)$`).FindStringSubmatch(string(manifest))
	require.NotNil(t, version)
	for _, name := range []string{whole, forStart} {
		out, err := runNamed(t, name, "--version")
		require.NoError(t, err, out)
		assert.Equal(t, name+" version "+version[1]+"\n", out)
	}
}

// TestStartIsPartOfWhole: what make run builds has no component that the whole collector does not have, of the same module.
func TestStartIsPartOfWhole(t *testing.T) {
	type component struct{ Name, Module string }
	components := func(name string) (kinds map[string][]component) {
		out, err := runNamed(t, name, "components")
		require.NoError(t, err, out)
		var listed map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(out), &listed))
		delete(listed, "buildinfo")
		text, err := yaml.Marshal(listed)
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(text, &kinds))
		return kinds
	}
	all := components(whole)
	found := 0
	for kind, part := range components(forStart) {
		assert.Subset(t, all[kind], part, kind)
		found += len(part)
	}
	assert.Positive(t, found)
}

// TestShippedConfigs validates every configuration in config/.
func TestShippedConfigs(t *testing.T) {
	configs, err := filepath.Glob(filepath.Join(hosttest.Repository(), "config", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, configs)
	for _, config := range configs {
		out, err := run(t, "validate", "--config", config)
		assert.NoError(t, err, "%s: %s", config, out)
	}
}

// TestDocumentedConfigs validates every configuration that the documentation shows. A receiver alone is given a pipeline.
func TestDocumentedConfigs(t *testing.T) {
	const pipeline = "\nexporters: {nop: }\nservice: {pipelines: {metrics: {receivers: [host_probe], exporters: [nop]}}}\n"
	block := regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")
	pages, err := filepath.Glob(filepath.Join(hosttest.Repository(), "docs", "*.md"))
	require.NoError(t, err)
	pages = append(pages, filepath.Join(hosttest.Repository(), "README.md"))
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, match := range block.FindAllStringSubmatch(string(text), -1) {
			config := match[1]
			if !strings.Contains(config, "host_probe:") {
				continue
			}
			found++
			if !strings.Contains(config, "service:") {
				config += pipeline
			}
			config = strings.ReplaceAll(config, "root_path: /hostfs", "root_path: "+t.TempDir())
			file := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
			out, err := run(t, "validate", "--config", file)
			assert.NoError(t, err, "%s:\n%s\n%s", filepath.Base(page), config, out)
		}
	}
	assert.Positive(t, found)
}

// TestBadConfig: a mistake ends the collector at the start, says where it is and what would have been right.
func TestBadConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte(
		"receivers: {host_probe: {scrapers: {cpu: {metrics: {system.cpu.tiem: {enabled: true}}}}}}\nexporters: {nop: }\n"+
			"service: {pipelines: {metrics: {receivers: [host_probe], exporters: [nop]}}}\n"), 0o600))
	out, err := run(t, "--config", file)
	assert.Error(t, err)
	assert.Contains(t, out, `scrapers::cpu::metrics: unknown key "system.cpu.tiem"; valid: system.cpu.frequency, system.cpu.logical.count, `)
}
