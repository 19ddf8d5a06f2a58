// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/pool"
)

// TestWhatTuningSaves holds the promises of docs/tuning.md that do not depend on the speed of a machine.
func TestWhatTuningSaves(t *testing.T) {
	openSockpairs(t, "unix", filepath.Join(t.TempDir(), "socket"))
	cost := func(config string, pools *pool.Pools) (allocations, bytes float64) {
		cfg, err := load(t, config)
		require.NoError(t, err)
		s := startedHost(t, cfg, metricsSignal|logsSignal)
		if pools != nil {
			s.lists.pools = pools
		}
		scrape := func() {
			_, _ = s.scrape(context.Background())
			_, _ = s.scrapeDocument(context.Background())
		}
		scrape()
		const runs = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			scrape()
		}
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs-before.Mallocs) / runs, float64(after.TotalAlloc-before.TotalAlloc) / runs
	}
	full, _ := cost("template: full", nil)
	minimal, _ := cost("template: minimal", nil)
	standard, _ := cost("template: standard\nscrapers: {connections: {enabled: false}}", nil)
	assert.Less(t, minimal, 0.2*full, "minimal: 80 % fewer allocations")
	assert.Less(t, standard, 0.45*full, "standard without connections: 55 % fewer")

	const lists = "scrapers: {connections: {tcp_connections: true, udp_sockets: true, unix_sockets: true}}"
	_, pooled := cost(lists, nil)
	_, unpooled := cost(lists, pool.Shared(pool.Sizes{}))
	assert.Less(t, pooled, 0.6*unpooled, "pools: 40 % fewer bytes")
}
