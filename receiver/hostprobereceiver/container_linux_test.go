// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestContainerOfBatch: container.* is below a resource of its own in the batch of its scrape, and nowhere else.
func TestContainerOfBatch(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "scrapers: {load: , quota: , process: {}}\nroot_path: "+threeProcesses(t))
	batch, err := s.scrape(context.Background())
	require.NoError(t, err)
	containers := 0
	for _, rm := range batch.ResourceMetrics().All() {
		container := 0
		metrics := rm.ScopeMetrics().At(0).Metrics()
		for _, m := range metrics.All() {
			if strings.HasPrefix(m.Name(), "container.") {
				container++
			}
			for _, dp := range numbers(t, m).All() {
				assert.Equal(t, pcommon.Timestamp(s.snapshot.Time), dp.Timestamp())
			}
		}
		assert.Contains(t, []int{0, metrics.Len()}, container, "%v", rm.Resource().Attributes().AsRaw())
		if container > 0 {
			containers++
			assert.Equal(t, "three", rm.Resource().Attributes().AsRaw()["host.name"])
			assert.NotContains(t, rm.Resource().Attributes().AsRaw(), "process.pid")
		}
	}
	if !s.snapshot.Filled.Has(snapshot.DomainQuota) { // The tests run in the root of every hierarchy.
		assert.Zero(t, containers)
		return
	}
	assert.Equal(t, 1, containers)
	assert.Positive(t, counted(t, set.tel, "otelcol_hostprobe_scraper_points", "quota"))
}
