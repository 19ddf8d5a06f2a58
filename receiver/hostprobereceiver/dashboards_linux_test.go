// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// query is what a panel needs: a metric, and labels with or without a value, parted by spaces. Resource attributes are labels too.
type query struct {
	metric, labels string
	// missing is why the template full does not have it; "" if it does.
	missing string
}

// dashboards are public dashboards for contrib's host_metrics, by the repository that has them, and what they query. The migration
// guide has the rows that are missing.
var dashboards = map[string][]query{
	"SigNoz/dashboards, hostmetrics/hostmetrics.json": {
		{metric: "system.cpu.load_average.1m", labels: "host.name"},
		{metric: "system.cpu.load_average.5m", labels: "host.name"},
		{metric: "system.cpu.load_average.15m", labels: "host.name"},
		{metric: "system.cpu.time", labels: "host.name state=idle"},
		{metric: "system.cpu.time", labels: "host.name state=user"},
		{metric: "system.disk.io", labels: "host.name device direction=read"},
		{metric: "system.disk.operation_time", labels: "host.name device direction=write"},
		{metric: "system.disk.operations", labels: "host.name device direction"},
		{metric: "system.disk.pending_operations", labels: "host.name device"},
		{metric: "system.filesystem.inodes.usage", labels: "host.name device mountpoint state type mode"},
		{metric: "system.filesystem.usage", labels: "host.name device mountpoint state type mode"},
		{metric: "system.memory.usage", labels: "host.name state=used"},
		{metric: "system.network.connections", labels: "host.name protocol state"},
		{metric: "system.network.dropped", labels: "host.name device direction=receive"},
		{metric: "system.network.errors", labels: "host.name device direction=transmit"},
		{metric: "system.network.io", labels: "host.name device direction"},
		{metric: "system.network.packets", labels: "host.name device direction"},
	},
	"Dynatrace/dynatrace-otel-collector, docs/dashboards/OpenTelemetry Host Dashboard.json": {
		{metric: "process.cpu.utilization", labels: "host.name process.executable.name"},
		{metric: "process.memory.usage", labels: "host.name process.executable.name process.command_line"},
		{metric: "system.cpu.logical.count", labels: "host.name"},
		{metric: "system.cpu.physical.count", labels: "host.name", missing: "off, as in host_metrics: metrics::system.cpu.physical.count"},
		{metric: "system.cpu.utilization", labels: "host.name state"},
		{metric: "system.filesystem.usage", labels: "host.name mountpoint=/ state=used"},
		{metric: "system.filesystem.utilization", labels: "host.name mountpoint=/"},
		{
			metric: "system.filesystem.utilization", labels: "host.name state",
			missing: "utilization has no state in host_metrics either: it is the used share",
		},
		{metric: "system.memory.limit", labels: "host.name"},
		{metric: "system.memory.utilization", labels: "host.name state=used"},
		{metric: "system.network.connections", labels: "host.name"},
		{metric: "system.network.io", labels: "host.name"},
		{metric: "system.paging.usage", labels: "host.name device state", missing: "the captured host has no swap"},
		{metric: "system.processes.count", labels: "host.name"},
		{metric: "system.uptime", labels: "host.name os.type"},
		{metric: "system.uptime", labels: "host.arch", missing: "a resource attribute that is off: resource_attributes::host.arch"},
	},
	"coralogix/telemetry-shippers, otel-integration/dashboard/k8s/assets/host-metrics-dashboard.json": {
		{metric: "system.cpu.load_average.1m", labels: "host.name"},
		{metric: "system.cpu.load_average.5m", labels: "host.name"},
		{metric: "system.cpu.load_average.15m", labels: "host.name"},
		{metric: "system.cpu.time", labels: "host.name state"},
		{metric: "system.cpu.time", labels: "cpu", missing: "one series per CPU: metrics::system.cpu.time::attributes: [cpu, state]"},
		{metric: "system.disk.io", labels: "host.name device direction"},
		{metric: "system.filesystem.usage", labels: "host.name device state"},
		{metric: "system.memory.usage", labels: "host.name state"},
	},
	"elastic/integrations, packages/system_otel, Host Metadata": {
		{metric: "system.cpu.time", labels: "host.name"},
		{metric: "system.cpu.time", labels: "host.arch", missing: "a resource attribute that is off: resource_attributes::host.arch"},
		{metric: "system.cpu.time", labels: "host.ip", missing: "not emitted: the processor resource_detection sets it"},
		{metric: "system.cpu.time", labels: "host.mac", missing: "not emitted: the processor resource_detection sets it"},
	},
}

// TestDashboards: a batch of full has what each panel queries, except what is named with its reason.
func TestDashboards(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	s := started(t, watch(t).Settings, "template: full\nroot_path: "+root)
	_, err := s.scrape(t.Context())
	require.NoError(t, err)
	hosttest.Replace(t, root, "captured-vm", "t1")
	batch, err := s.scrape(t.Context()) // Shares take two scrapes.
	require.NoError(t, err)
	for dashboard, queries := range dashboards {
		for _, q := range queries {
			assert.Equal(t, q.missing == "", answers(t, batch, q), "%s: %s{%s} %s", dashboard, q.metric, q.labels, q.missing)
		}
	}
}

// answers reports whether a point of the batch has what a query needs.
func answers(t *testing.T, batch pmetric.Metrics, q query) bool {
	t.Helper()
	for _, rm := range batch.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			if m.Name() != q.metric {
				continue
			}
			for _, dp := range numbers(t, m).All() {
				if hasLabels(q.labels, rm.Resource().Attributes(), dp.Attributes()) {
					return true
				}
			}
		}
	}
	return false
}

func hasLabels(labels string, resource, point pcommon.Map) bool {
	for label := range strings.FieldsSeq(labels) {
		key, want, hasValue := strings.Cut(label, "=")
		value, ok := point.Get(key)
		if !ok {
			value, ok = resource.Get(key)
		}
		if !ok || hasValue && value.AsString() != want {
			return false
		}
	}
	return true
}
