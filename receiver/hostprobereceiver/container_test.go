// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// recordContainer makes the container's part of a batch.
func recordContainer(t *testing.T, cfg *Config, s *snapshot.Snapshot) (batch pmetric.Metrics, points int) {
	t.Helper()
	c := newContainerPoints(cfg, "1.2.3")
	c.host = hostResource(cfg.ResourceAttributes, &snapshot.Host{Name: "a", OSType: "linux"})
	c.filters = attributeFilters(cfg.ResourceAttributes)
	batch = pmetric.NewMetrics()
	filled := *s
	filled.Filled.Add(snapshot.DomainContainer)
	filled.Filled.Add(snapshot.DomainRuntime)
	c.update(&filled)
	c.update(&snapshot.Snapshot{}) // It was not their turn.
	points = c.record(batch, s)
	return batch, points
}

// TestContainerGolden holds the container's resource and points to files.
func TestContainerGolden(t *testing.T) {
	for _, name := range []string{"container", "container_folded"} {
		t.Run(name, func(t *testing.T) {
			cfg, err := loadEntry(t, "config.yaml", "golden_"+name)
			require.NoError(t, err)
			batch, points := recordContainer(t, cfg, &aHost)
			assert.Len(t, pointsOf(t, batch), points)
			document, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(batch)
			require.NoError(t, err)
			hosttest.GoldenYAML(t, "testdata/golden/"+name+".yaml", document)
		})
	}
}

// TestNoLimitNoPoint: an unknown value is absent, never a huge number.
func TestNoLimitNoPoint(t *testing.T) {
	s := snapshot.Snapshot{Time: 2, Quota: snapshot.Quota{CPUPeriod: snapshot.Known(100_000_000), MemoryUsage: snapshot.Known(0)}}
	batch, points := recordContainer(t, createDefaultConfig().(*Config), &s)
	assert.Equal(t, 1, points)
	assert.Contains(t, pointsOf(t, batch), "container.memory.usage[]")
}

// TestContainerFilter: the filters on its attributes apply to the container's metrics.
func TestContainerFilter(t *testing.T) {
	for text, want := range map[string]bool{
		"resource_attributes: {container.runtime.name: {metrics_exclude: [{strict: containerd}]}}": false,
		"resource_attributes: {k8s.namespace.name: {metrics_include: [{strict: bank}]}}":           false,
		"resource_attributes: {k8s.namespace.name: {metrics_include: [{strict: shop}]}}":           true,
		"resource_attributes: {process.pid: {metrics_include: [{strict: '1'}]}}":                   true,
	} {
		cfg, err := load(t, text)
		require.NoError(t, err)
		_, points := recordContainer(t, cfg, &aHost)
		assert.Equal(t, want, points > 0, text)
	}
}
