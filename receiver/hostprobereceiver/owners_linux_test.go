// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// ownedHost has three sockets of nobody who is known, two of a unit and four of those that are too many.
func ownedHost() *snapshot.Connections {
	c := &snapshot.Connections{Owned: make([]snapshot.OwnedSockets, 2)}
	c.TCP[snapshot.IPv4] = snapshot.SocketCounts{Known: true, Owned: true}
	c.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished] = 5
	c.TCP[snapshot.IPv4].ByState[snapshot.SocketListen] = 4
	c.Owned[0].TCP[snapshot.IPv4][snapshot.SocketEstablished] = 3
	c.Owned[1].Owner = snapshot.Owner{Unit: "web.service"}
	c.Owned[1].TCP[snapshot.IPv4][snapshot.SocketEstablished] = 2
	c.Surplus.TCP[snapshot.IPv4][snapshot.SocketListen] = 4
	return c
}

func TestConnectionsByOwner(t *testing.T) {
	for attributes, want := range map[string]map[string]float64{
		"systemd.unit.name": {"[]": 3, "[systemd.unit.name:web.service]": 2, "[otel.metric.overflow:true]": 4},
		"container.id":      {"[]": 5, "[otel.metric.overflow:true]": 4},
		"network.type":      {"[network.type:ipv4]": 9},
	} {
		cfg, err := load(t, "scrapers: {connections: {metrics: {system.network.connections: {attributes: ["+attributes+"]}}}}")
		require.NoError(t, err)
		p := newPoints(cfg)
		batch := pmetric.NewMetrics()
		p.Begin(batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics(), 1, 2)
		p.recordConnections(ownedHost())
		p.Flush()
		got := map[string]float64{}
		for id, value := range ids(pointsOf(t, batch)) {
			if value != 0 {
				got[id[len("system.network.connections"):]] = value
			}
		}
		assert.Equal(t, want, got, attributes)
	}
}

// TestOwnersWanted: only what is asked for, by a metric that is on, costs anything.
func TestOwnersWanted(t *testing.T) {
	const limit = "system.network.listener.backlog.limit"
	for text, want := range map[string]probe.OwnerWant{
		"": {},
		"scrapers: {connections: {metrics: {system.network.connections: {attributes: [systemd.unit.name]}}}}":                                  {Unit: true},
		"scrapers: {connections: {metrics: {system.network.connections: {enabled: false, attributes: [systemd.unit.name]}}}}":                  {},
		"scrapers: {connections: {metrics: {" + limit + ": {attributes: [container.id]}, system.network.connections: {attributes: [state]}}}}": {Container: true},
		"scrapers: {connections: {metrics: {" + limit + ": {enabled: false, attributes: [container.id]}}}}":                                    {},
	} {
		cfg, err := load(t, text)
		require.NoError(t, err)
		assert.Equal(t, want, wantedParts(cfg).Owners, text)
	}
}
