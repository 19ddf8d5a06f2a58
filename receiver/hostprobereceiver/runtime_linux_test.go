// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestScrapersWithoutMetrics: container and runtime say what the metrics of others are about, and make no point.
func TestScrapersWithoutMetrics(t *testing.T) {
	t.Setenv("NOMAD_ALLOC_ID", "8d8c3b1a-6f0e-4c52-9a77-2f1b5c6d7e80") // Of its driver raw_exec, which shuts nothing in.
	t.Setenv("NOMAD_ALLOC_NAME", "web-0")
	for _, backend := range []string{"native", "portable"} {
		set := watch(t)
		s := started(t, set.Settings, "scrapers: {container: , runtime: }\nbackend: "+backend)
		for range 2 {
			batch, err := s.scrape(context.Background())
			require.NoError(t, err)
			assert.Zero(t, batch.ResourceMetrics().Len())
			assert.True(t, s.snapshot.Filled.Has(snapshot.DomainContainer) && s.snapshot.Filled.Has(snapshot.DomainRuntime))
			assert.NotEmpty(t, s.snapshot.Runtime.Orchestrator)
			assert.Equal(t, "web-0", s.snapshot.Runtime.WorkloadName)
			assert.Empty(t, s.snapshot.Runtime.Available, "no document is made that would show them")
		}
		assert.Zero(t, set.log.Len())

		s = started(t, set.Settings, "scrapers: {container: , load: }\nbackend: "+backend)
		assert.Contains(t, scrapeAll(t, s), "system.cpu.load_average.1m[]")
		assert.Empty(t, s.snapshot.Runtime.Orchestrator, "runtime is not enabled")
	}
}
