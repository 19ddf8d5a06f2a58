// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// TestReceiversSharePools: receivers with the same sizes share pools, and a discard is counted once.
func TestReceiversSharePools(t *testing.T) {
	const sizes = "pools: {tcp: {capacity: 2, limit: 4}}\nscrapers: {load: }"
	first, second := watch(t), watch(t)
	a, b := started(t, first.Settings, sizes), started(t, second.Settings, sizes)
	other := started(t, watch(t).Settings, "scrapers: {load: }")
	assert.Same(t, a.lists.pools, b.lists.pools)
	assert.NotSame(t, a.lists.pools, other.lists.pools)
	assert.Equal(t, pool.Size{Capacity: 256, Limit: 1024}, other.cfg.Pools.sizes().TCP)

	lease := a.lists.pools.TCP.Get()
	lease.Items = append(lease.Items, make([]snapshot.TCPSocket, 5)...)
	lease.Release()
	scrapeAll(t, b)
	scrapeAll(t, a)
	assert.Equal(t, int64(1), counted(t, second.tel, "otelcol_hostprobe_pool_discards", "tcp"))
	_, err := first.tel.GetMetric("otelcol_hostprobe_pool_discards")
	assert.Error(t, err)
}

// TestPoisonedReturn makes data points of a list, releases it and overwrites its memory.
func TestPoisonedReturn(t *testing.T) {
	cfg := metadata.DefaultMetricsConfig()
	for name, attributes := range map[string][]metadata.SystemPagingUsageMetricAttributeKey{
		"all attributes": cfg.SystemPagingUsage.EnabledAttributes,
		"folded":         cfg.SystemPagingUsage.EnabledAttributes[:1],
	} {
		t.Run(name, func(t *testing.T) {
			cfg.SystemPagingUsage.EnabledAttributes = attributes
			r := record.New(&cfg, 100)
			unix := pool.New[snapshot.UnixSocket](pool.Size{Capacity: 2, Limit: 8})
			lease := unix.Get()
			lease.Items = append(lease.Items, snapshot.UnixSocket{Path: "/run/a", State: 1}, snapshot.UnixSocket{Path: "/run/b", State: 2})
			batch := pmetric.NewMetrics()
			r.Begin(batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics(), 1, 2)
			for i := range lease.Items {
				r.SystemPagingUsage.Record(int64(lease.Items[i].State), lease.Items[i].Path, metadata.AttributePagingStateUsed)
			}
			memory := lease.Items
			lease.Release()
			for i := range memory[:cap(memory)] {
				memory[i] = snapshot.UnixSocket{Path: "poison", State: 255}
			}
			require.Equal(t, 2, r.Flush())

			points := pointsOf(t, batch)
			require.Len(t, points, 2)
			sum := 0.0
			for id, p := range points {
				assert.NotContains(t, id, "poison")
				sum += p.value()
			}
			assert.InDelta(t, 3, sum, 0)
		})
	}
}

// TestListsReleasedInsideTheScrape: overwriting pooled lists and buffers after a scrape changes neither the batch nor the document.
func TestListsReleasedInsideTheScrape(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	client, err := net.Dial("tcp4", listener.Addr().String())
	require.NoError(t, err)
	defer client.Close()

	const attributes = "{attributes: [network.local.port, network.local.address, process.executable.name]}"
	const sizes = "{capacity: 3, limit: 4096}"
	for _, format := range []string{"json", "map"} {
		t.Run(format, func(t *testing.T) {
			set := watch(t)
			both := startBoth(t, set.Settings, "collection_interval: 1h\nsnapshot: {format: "+format+"}\n"+
				"pools: {tcp: "+sizes+", udp: "+sizes+", unix: "+sizes+", listeners: "+sizes+", json: {capacity: 3, limit: 1048576}}\n"+
				"scrapers: {connections: {tcp_connections: true, udp_sockets: true, unix_sockets: true, max_connections: 1, metrics: {system.network.listener.backlog.limit: "+attributes+"}}}")
			batch, logs := both.first(t)
			s := both.host
			marshal := func() string {
				metrics, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(batch)
				require.NoError(t, err)
				documents, err := (&plog.JSONMarshaler{}).MarshalLogs(logs)
				require.NoError(t, err)
				return string(metrics) + string(documents)
			}
			before := marshal()
			assert.Contains(t, before, "127.0.0.1")
			c := &s.snapshot.Connections
			assert.True(t, c.Listeners == nil && c.TCPSockets == nil && c.UDPSockets == nil && c.UnixSockets == nil)

			for range 100 { // Those of the scrape are among them.
				pools, owner := s.lists.pools, snapshot.Owner{Name: "poison"}
				poison(pools.TCP, snapshot.TCPSocket{Owner: owner})
				poison(pools.UDP, snapshot.UDPSocket{Owner: owner})
				poison(pools.Unix, snapshot.UnixSocket{Owner: owner, Path: "poison"})
				poison(pools.Listeners, snapshot.Listener{Owner: owner, Local: snapshot.Address{Port: 6666}})
				poison(pools.JSON, byte('!'))
			}
			assert.Equal(t, before, marshal())

			seen, cut := counted(t, set.tel, "otelcol_hostprobe_sockets_seen", "tcp"), counted(t, set.tel, "otelcol_hostprobe_sockets_cut", "tcp")
			assert.GreaterOrEqual(t, seen, int64(2), "both ends of the connection")
			assert.Equal(t, seen-1, cut, "there is room for one")
			assert.Positive(t, counted(t, set.tel, "otelcol_hostprobe_sockets_seen", "unix"))
		})
	}
}

// poison overwrites an object of a pool, and keeps it.
func poison[T any](p *pool.Pool[T], with T) {
	items := p.Get().Items
	items = items[:cap(items)]
	for i := range items {
		items[i] = with
	}
}
