// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// ownedHost has three sockets without a known owner, two of a unit, and four of owners beyond max_owners.
func ownedHost() *snapshot.Connections {
	c := &snapshot.Connections{Owned: make([]snapshot.OwnedSockets, 2)}
	c.TCP[snapshot.IPv4] = snapshot.SocketCounts{Known: true, Owned: true}
	c.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished] = 5
	c.TCP[snapshot.IPv4].ByState[snapshot.SocketListen] = 4
	c.Owned[0].TCP[snapshot.IPv4][snapshot.SocketEstablished] = 3
	c.Owned[1].Owner = snapshot.Owner{Unit: "web.service", Name: "web"}
	c.Owned[1].TCP[snapshot.IPv4][snapshot.SocketEstablished] = 2
	c.Surplus.TCP[snapshot.IPv4][snapshot.SocketListen] = 4
	return c
}

func TestConnectionsByOwner(t *testing.T) {
	for attributes, want := range map[string]map[string]float64{
		"systemd.unit.name": {"[]": 3, "[systemd.unit.name:web.service]": 2, "[otel.metric.overflow:true]": 4},
		"container.id":      {"[]": 5, "[otel.metric.overflow:true]": 4},
		"network.type":      {"[network.type:ipv4]": 9},
		"state, process.executable.name": {
			"[state:ESTABLISHED]": 3, "[process.executable.name:web state:ESTABLISHED]": 2, "[otel.metric.overflow:true]": 4,
		},
	} {
		got := connectionsOf(t, ownedHost(), "attributes: ["+attributes+"]")
		assert.Equal(t, want, got, attributes)
	}
}

// TestVersionsAreOne: without network.type, IPv4 and IPv6 are added up, whatever the strategy.
func TestVersionsAreOne(t *testing.T) {
	c := ownedHost()
	c.TCP[snapshot.IPv6] = snapshot.SocketCounts{Known: true, Owned: true}
	c.TCP[snapshot.IPv6].ByState[snapshot.SocketEstablished] = 1
	c.Owned[1].TCP[snapshot.IPv6][snapshot.SocketEstablished] = 1
	const established = "[protocol:tcp state:ESTABLISHED]"
	for options, want := range map[string]map[string]float64{
		"aggregation_strategy: min":                                               {established: 6, "[protocol:tcp state:LISTEN]": 4},
		"aggregation_strategy: max, attributes: [protocol]":                       {"[protocol:tcp]": 6},
		"aggregation_strategy: max, attributes: [network.type]":                   {"[network.type:ipv4]": 5, "[network.type:ipv6]": 1},
		"aggregation_strategy: max, attributes: [state, process.executable.name]": {"[state:ESTABLISHED]": 3, "[process.executable.name:web state:ESTABLISHED]": 3, "[otel.metric.overflow:true]": 4},
	} {
		assert.Equal(t, want, connectionsOf(t, c, options), options)
	}
}

// connectionsOf are the points of system.network.connections for c that are not zero.
func connectionsOf(t *testing.T, c *snapshot.Connections, options string) map[string]float64 {
	t.Helper()
	cfg, err := load(t, "scrapers: {connections: {metrics: {system.network.connections: {"+options+"}}}}")
	require.NoError(t, err)
	p := newPoints(cfg)
	batch := pmetric.NewMetrics()
	p.Begin(batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics(), 1, 2)
	p.recordConnections(c)
	p.Flush()
	got := map[string]float64{}
	for id, value := range ids(pointsOf(t, batch)) {
		if value != 0 {
			got[id[len("system.network.connections"):]] = value
		}
	}
	return got
}

// TestOwnersWanted: owners are read only as far as an enabled metric is split by them.
func TestOwnersWanted(t *testing.T) {
	const limit = "system.network.listener.backlog.limit"
	for text, want := range map[string]snapshot.OwnerWant{
		"": {},
		"scrapers: {connections: {metrics: {system.network.connections: {attributes: [systemd.unit.name]}}}}":                                  {Unit: true},
		"scrapers: {connections: {metrics: {system.network.connections: {enabled: false, attributes: [systemd.unit.name]}}}}":                  {},
		"scrapers: {connections: {metrics: {" + limit + ": {attributes: [container.id]}, system.network.connections: {attributes: [state]}}}}": {Container: true},
		"scrapers: {connections: {metrics: {" + limit + ": {enabled: false, attributes: [container.id]}}}}":                                    {},
		"scrapers: {connections: {listening_ports: false, metrics: {" + limit + ": {attributes: [process.executable.name]}}}}":                 {},
		"scrapers: {connections: {tcp_stats: false, metrics: {" + limit + ": {attributes: [process.executable.name, network.transport]}}}}":    {Process: true},
	} {
		cfg, err := load(t, text)
		require.NoError(t, err)
		assert.Equal(t, want, metricsWant(cfg).Connections.Owners, text)
	}
}

func TestOwnersLive(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	self, err := os.Executable()
	require.NoError(t, err)
	set := watch(t)
	const metric = "system.network.listener.backlog.limit"
	s := started(t, set.Settings, "scrapers: {connections: {metrics: {"+metric+": {attributes: [network.local.port, process.executable.name]}}}}")
	points := scrapeAll(t, s)
	id := fmt.Sprintf("%s[network.local.port:%d process.executable.name:%s]", metric, listener.Addr().(*net.TCPAddr).Port, filepath.Base(self))
	assert.Contains(t, points, id)
	attributed, err := set.tel.GetMetric("otelcol_hostprobe_owners_attributed")
	require.NoError(t, err)
	share := attributed.Data.(metricdata.Gauge[float64]).DataPoints[0].Value
	assert.Positive(t, share)
	assert.LessOrEqual(t, share, 1.0)
}
