// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// TestReceiversSharePools: receivers with the same sizes lend from the same pools, and a discard is told once.
func TestReceiversSharePools(t *testing.T) {
	const sizes = "pools: {tcp: {capacity: 2, limit: 4}}\nscrapers: {load: }"
	first, second := watch(t), watch(t)
	a, b := started(t, first.Settings, sizes), started(t, second.Settings, sizes)
	other := started(t, watch(t).Settings, "scrapers: {load: }")
	assert.Same(t, a.leases.pools, b.leases.pools)
	assert.NotSame(t, a.leases.pools, other.leases.pools)
	assert.Equal(t, pool.Size{Capacity: 256, Limit: 1024}, other.cfg.Pools.sizes().TCP)

	lease := a.leases.pools.TCP.Get()
	lease.Items = append(lease.Items, make([]snapshot.TCPSocket, 5)...)
	lease.Release()
	scrapeAll(t, b)
	scrapeAll(t, a)
	assert.Equal(t, int64(1), counted(t, second.tel, "otelcol_hostprobe_pool_discards", "tcp"))
	_, err := first.tel.GetMetric("otelcol_hostprobe_pool_discards")
	assert.Error(t, err)
}

// TestPoisonedReturn makes data points of a lease, gives it back and lets its next holder write all over it.
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

// TestLeasesEndInsideTheScrape: whoever borrows a list after a scrape and writes all over it changes nothing in the batch.
func TestLeasesEndInsideTheScrape(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	client, err := net.Dial("tcp4", listener.Addr().String())
	require.NoError(t, err)
	defer client.Close()

	set := watch(t)
	const attributes = "{attributes: [network.local.port, network.local.address, process.executable.name]}"
	s := started(t, set.Settings, "pools: {tcp: {capacity: 3, limit: 4096}, listeners: {capacity: 3, limit: 4096}}\n"+
		"scrapers: {connections: {tcp_connections: true, max_connections: 1, metrics: {system.network.listener.backlog.limit: "+attributes+"}}}")
	batch, err := s.scrape(t.Context())
	require.NoError(t, err)
	before, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(batch)
	require.NoError(t, err)
	assert.Contains(t, string(before), "127.0.0.1")
	assert.Nil(t, s.snapshot.Connections.Listeners)
	assert.Nil(t, s.snapshot.Connections.TCPSockets)

	for range 100 { // The one that was lent is among them.
		tcp, listeners := s.leases.pools.TCP.Get(), s.leases.pools.Listeners.Get()
		for i := range tcp.Items[:cap(tcp.Items)] {
			tcp.Items[:cap(tcp.Items)][i] = snapshot.TCPSocket{Owner: snapshot.Owner{Name: "poison"}}
		}
		for i := range listeners.Items[:cap(listeners.Items)] {
			listeners.Items[:cap(listeners.Items)][i] = snapshot.Listener{Owner: snapshot.Owner{Name: "poison"}, Local: snapshot.Address{Port: 6666}}
		}
	}
	after, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(batch)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))

	seen, cut := counted(t, set.tel, "otelcol_hostprobe_sockets_seen", "tcp"), counted(t, set.tel, "otelcol_hostprobe_sockets_cut", "tcp")
	assert.GreaterOrEqual(t, seen, int64(2), "both ends of the connection")
	assert.Equal(t, seen-1, cut, "there is room for one")
}
