// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestConnectionsOfTwoScrapers: system.network.connections belongs to contrib's network and to our connections. Whichever
// scraper emits it, it is one metric in a batch, with each point once.
func TestConnectionsOfTwoScrapers(t *testing.T) {
	const quiet = "listening_ports: false, protocols: false"
	for name, tt := range map[string]struct {
		text   string
		points int
	}{
		"network alone":            {text: "scrapers: {network: }", points: 11},
		"connections alone":        {text: "scrapers: {connections: {" + quiet + "}}", points: 11},
		"both":                     {text: "scrapers: {network: , connections: {" + quiet + ", udp_sockets: true}}", points: 11 + 2},
		"both, tcp from network":   {text: "scrapers: {network: , connections: {" + quiet + ", tcp_stats: false, udp_sockets: true}}", points: 11 + 2},
		"connections taken away":   {text: "template: standard\nscrapers: {connections: {enabled: false}}", points: 11},
		"off in both":              {text: "scrapers: {network: {stats: false, softnet: true}, connections: {" + quiet + ", tcp_stats: false, udp_sockets: true}}", points: 2},
		"no metric":                {text: "scrapers: {network: {metrics: {system.network.connections: {enabled: false}}}}", points: 0},
		"without attributes, both": {text: "scrapers: {network: {metrics: {system.network.connections: {attributes: []}}}, connections: {" + quiet + ", udp_sockets: true}}", points: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(t, watch(t).Settings, tt.text)
			batch, err := s.scrape(context.Background())
			require.NoError(t, err)
			metrics := 0
			for _, m := range batch.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
				if m.Name() == "system.network.connections" {
					metrics++
				}
			}
			assert.Equal(t, min(tt.points, 1), metrics)
			points := slices.DeleteFunc(slices.Collect(maps.Keys(pointsOf(t, batch))), func(id string) bool {
				return !strings.HasPrefix(id, "system.network.connections[")
			})
			assert.Len(t, points, tt.points, "%v", points)
		})
	}
}

// TestScheduleOfConnections: for the network scraper alone, sockets are counted when it is due.
func TestScheduleOfConnections(t *testing.T) {
	cfg, err := load(t, "collection_interval: 10s\nscrapers: {network: {interval: 20s}}")
	require.NoError(t, err)
	s := newSchedule(cfg)
	for i := range 4 {
		due := s.next()
		assert.Equal(t, i%2 == 0, due.Has(snapshot.DomainNetwork))
		assert.Equal(t, i%2 == 0, due.Has(snapshot.DomainConnections))
	}
	cfg, err = load(t, "collection_interval: 10s\nscrapers: {network: {interval: 20s}, connections: }")
	require.NoError(t, err)
	s = newSchedule(cfg)
	s.next()
	assert.True(t, s.next().Has(snapshot.DomainConnections), "connections has an interval of its own")
}

// TestInterfaces: of the live host, as host_metrics has them.
func TestInterfaces(t *testing.T) {
	points := scrapeAll(t, started(t, watch(t).Settings, "scrapers: {network: {include: {match_type: strict, interfaces: [lo]}, softnet: true}}"))
	for _, metric := range []string{"dropped", "errors", "io", "packets"} {
		for _, direction := range []string{"receive", "transmit"} {
			assert.Contains(t, points, "system.network."+metric+"[device:lo direction:"+direction+"]")
		}
	}
	assert.Len(t, points, 8+11+2)
	assert.Contains(t, points, "system.network.linux.softnet.squeezed[]")
}

// TestCarrierChangesOfAnother: the counter starts anew with the interface, with or without its traffic.
func TestCarrierChangesOfAnother(t *testing.T) {
	for _, stats := range []string{"true", "false"} {
		root := hosttest.Unpack(t, "captured-vm", "t0")
		s := started(t, watch(t).Settings, "scrapers: {network: {stats: "+stats+", interfaces: true}}\nroot_path: "+root)
		const id = "system.network.interface.carrier.changes[network.interface.name:veth5d0c1a7]"
		before := scrapeAll(t, s)[id]
		assert.Equal(t, int64(capturedBoot), int64(before.StartTimestamp()))
		require.Positive(t, before.IntValue())
		time := s.snapshot.Time
		hosttest.Write(t, root, "sys/devices/virtual/net/veth5d0c1a7/carrier_changes", "0\n")
		after := scrapeAll(t, s)[id]
		assert.Zero(t, after.IntValue())
		assert.Equal(t, time, int64(after.StartTimestamp()))
	}
}
