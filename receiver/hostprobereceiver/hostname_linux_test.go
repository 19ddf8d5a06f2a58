// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.uber.org/zap/zapcore"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestHostWithoutName: a host that has no name of its own has no host.name, and one line of the log says so, however many
// signals and scrapes there are.
func TestHostWithoutName(t *testing.T) {
	const line = "host.name is unknown and omitted: without it, backends take all such hosts for one"
	for hostname, want := range map[string]string{
		"": "", "localhost\n": "", "localhost.localdomain\n": "", "# nobody has named it\n": "", "web-1\n": "web-1",
	} {
		root := t.TempDir()
		hosttest.Write(t, root, "proc/stat", "cpu  1 0 1 1 0 0 0 0 0 0\ncpu0 1 0 1 1 0 0 0 0 0 0\nbtime 1790000000\n")
		hosttest.Write(t, root, "proc/loadavg", "0.25 0.50 0.75 1/120 4242\n")
		hosttest.Write(t, root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n")
		if hostname != "" {
			hosttest.Write(t, root, "etc/hostname", hostname)
		}
		for _, tt := range []struct {
			signals signal
			text    string
			lines   int
		}{
			{metricsSignal, "", 1},
			{metricsSignal | logsSignal, "", 1},
			{metricsSignal, "resource_attributes: {host.name: {enabled: false}}\n", 0},
			{logsSignal, "resource_attributes: {host.name: {enabled: false}}\n", 1}, // Documents have a name all the same.
		} {
			set := watch(t)
			cfg, err := load(t, "scrapers: {load: {}}\n"+tt.text+"root_path: "+root)
			require.NoError(t, err)
			s, err := newHostScraper(set.Settings, cfg)
			require.NoError(t, err)
			s.signals = tt.signals
			require.NoError(t, s.start(t.Context(), componenttest.NewNopHost()))
			for range 3 {
				batch, err := s.scrape(context.Background())
				require.NoError(t, err)
				if tt.signals == logsSignal {
					continue
				}
				name, known := batch.ResourceMetrics().At(0).Resource().Attributes().Get("host.name")
				assert.Equal(t, want != "" && tt.lines > 0, known, "%q", hostname)
				if known {
					assert.Equal(t, want, name.Str())
				}
			}
			require.NoError(t, s.shutdown(t.Context()))
			lines := tt.lines
			if want != "" {
				lines = 0
			}
			found := set.log.FilterMessage(line)
			require.Equal(t, lines, found.Len(), "%q %+v", hostname, tt)
			assert.Equal(t, lines, set.log.Len())
			if lines > 0 {
				assert.Equal(t, zapcore.WarnLevel, found.All()[0].Level)
				assert.Equal(t, root, found.All()[0].ContextMap()["root_path"])
			}
		}
	}
}
