// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// strangersManifest is a third party's distribution, with this receiver as one module among others.
const strangersManifest = `
dist: {module: example.com/stranger/collector, name: stranger, version: 9.9.9, output_path: ./out}
receivers:
  - gomod: github.com/superviz-io/hostprobe v0.0.0
    import: github.com/superviz-io/hostprobe/receiver/hostprobereceiver
    path: %s
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/debugexporter v0.159.0
providers:
  - gomod: go.opentelemetry.io/collector/confmap/provider/envprovider v1.65.0
  - gomod: go.opentelemetry.io/collector/confmap/provider/yamlprovider v1.65.0
`

// TestStrangersDistribution builds the receiver into another distribution, in another folder, and runs that.
func TestStrangersDistribution(t *testing.T) {
	repository, err := filepath.Abs(hosttest.Repository())
	require.NoError(t, err)
	dir := t.TempDir()
	ocb := filepath.Join(dir, "ocb")
	command(t, repository, "go", "build", "-modfile=internal/tools/go.mod", "-o", ocb, "go.opentelemetry.io/collector/cmd/builder")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.yaml"), fmt.Appendf(nil, strangersManifest, repository), 0o600))
	// As in the Makefile: what make e2e has compiled before is not compiled again.
	command(t, dir, ocb, "--config", "manifest.yaml", "--gcflags", "all=-dwarf=false")
	assert.Contains(t, command(t, dir, "out/stranger", "components"), "host_probe")
	command(t, dir, "out/stranger", "validate", "--config",
		"yaml:{receivers: {host_probe: }, exporters: {debug: }, service: {pipelines: {metrics: {receivers: [host_probe], exporters: [debug]}}}}")
}

func command(t *testing.T, dir, name string, args ...string) (output string) {
	t.Helper()
	if filepath.Dir(name) == "out" {
		name = filepath.Join(dir, name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
	return string(out)
}
