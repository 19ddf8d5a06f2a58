// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
)

// TestResource: contrib emits one resource for each scraper, and none names the host; host_probe emits one resource, which
// does.
func TestResource(t *testing.T) {
	if !alone(t) {
		return
	}
	config := "root_path: \"" + rootOf(t, "captured-vm_t0") + "\"\n" +
		"scrapers: {cpu: , memory: , load: , disk: , network: }"
	for receiver, want := range map[sidebyside.Receiver][]map[string]any{
		sidebyside.Contrib: {{}, {}, {}, {}, {}},
		sidebyside.HostProbe: {{
			"host.name": "captured", "host.id": "0123456789abcdef0123456789abcdef",
			"os.type": "linux", "os.description": "Captured Linux 1 (first)",
		}},
	} {
		var resources []map[string]any
		require.NoError(t, receiver.Run(config, interval, func(batch pmetric.Metrics) bool {
			resources = nil
			for _, rm := range batch.ResourceMetrics().All() {
				resources = append(resources, rm.Resource().Attributes().AsRaw())
			}
			return false
		}))
		assert.Equal(t, want, resources)
	}
}
