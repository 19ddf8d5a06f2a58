// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

const onlyListeners = "tcp_stats: false, metrics: {system.network.connections: {enabled: false}"

// ids are the series of a batch with their values.
func ids(points map[string]point) map[string]float64 {
	values := map[string]float64{}
	for id, p := range points {
		values[id] = p.value()
	}
	return values
}

func TestListenersOfCapturedHost(t *testing.T) {
	s := started(t, watch(t).Settings, "scrapers: {connections: {protocols: false, "+onlyListeners+"}}}\nroot_path: "+hosttest.Unpack(t, "captured-vm", "t1"))
	want := map[string]float64{
		"system.network.listener.backlog.usage[network.local.port:8080 network.transport:tcp]": 0,
		"system.network.listener.packet.dropped[network.transport:udp]":                        0,
		"system.network.udp.receive_queue.usage[network.transport:udp]":                        0,
	}
	assert.Equal(t, want, ids(scrapeAll(t, s)), "in /proc/net there are neither limits nor drops of TCP")
	want["system.network.listener.packet.dropped[network.local.port:5353 network.transport:udp]"] = 0
	want["system.network.udp.receive_queue.usage[network.local.port:5353 network.transport:udp]"] = 0
	assert.Equal(t, want, ids(scrapeAll(t, s)), "a UDP socket that stays is a listener")
}

// TestListenerAttributes opens listeners of this process and looks for their series.
func TestListenerAttributes(t *testing.T) {
	v4, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer v4.Close()
	port := v4.Addr().(*net.TCPAddr).Port
	v6, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
	require.NoError(t, err)
	defer v6.Close()

	const metric = "system.network.listener.backlog.limit"
	limits := func(attributes string) map[string]float64 {
		s := started(t, watch(t).Settings, "scrapers: {connections: {"+onlyListeners+", "+metric+": {attributes: ["+attributes+"]}}}}")
		limits := map[string]float64{}
		for id, value := range ids(scrapeAll(t, s)) {
			for _, of := range []string{
				fmt.Sprintf("%s[network.local.port:%d network.transport:tcp]", metric, port),
				fmt.Sprintf("%s[network.local.address:127.0.0.1 network.local.port:%d network.type:ipv4]", metric, port),
				fmt.Sprintf("%s[network.local.address:::1 network.local.port:%d network.type:ipv6]", metric, port),
			} {
				if id == of {
					limits[id] = value
				}
			}
		}
		return limits
	}
	both := limits("network.transport, network.local.port")
	require.Len(t, both, 1, "two listeners on one port are one series")
	each := limits("network.local.port, network.type, network.local.address")
	require.Len(t, each, 2)
	sum := 0.0
	for _, value := range each {
		assert.Positive(t, value)
		sum += value
	}
	for _, value := range both {
		assert.InDelta(t, sum, value, 0)
	}
}

// TestListenersFold: no two points of a batch have the same attributes, however many sockets share a port, and what
// closes takes nothing away.
func TestListenersFold(t *testing.T) {
	cfg, err := load(t, "scrapers: {connections: {"+onlyListeners+"}}}")
	require.NoError(t, err)
	record := func(p *points, listeners ...snapshot.Listener) map[string]float64 {
		batch := pmetric.NewMetrics()
		p.Begin(batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics(), 1, 2)
		p.recordConnections(&snapshot.Connections{Listeners: listeners, OtherUDP: snapshot.UDPQueues{Dropped: snapshot.Known(7)}})
		p.Flush()
		return ids(pointsOf(t, batch))
	}
	tcp := func(queue, dropped uint64) snapshot.Listener {
		return snapshot.Listener{
			Local: snapshot.Address{Port: 80}, Queue: snapshot.Known(queue), Limit: snapshot.Known(10), Dropped: snapshot.Known(dropped),
		}
	}
	udp := snapshot.Listener{UDP: true, Local: snapshot.Address{Port: 53}, Queue: snapshot.Known(2304), Dropped: snapshot.Known(2)}
	p := newPoints(cfg)
	assert.Equal(t, map[string]float64{
		"system.network.listener.backlog.usage[network.local.port:80 network.transport:tcp]":      3,
		"system.network.listener.backlog.limit[network.local.port:80 network.transport:tcp]":      20,
		"system.network.listener.connection.dropped[network.local.port:80 network.transport:tcp]": 5,
		"system.network.listener.packet.dropped[network.local.port:53 network.transport:udp]":     2,
		"system.network.listener.packet.dropped[network.transport:udp]":                           7,
		"system.network.udp.receive_queue.usage[network.local.port:53 network.transport:udp]":     2304,
	}, record(&p, tcp(1, 5), tcp(2, 0), udp))
	after := record(&p, tcp(2, 1), udp)
	assert.InDelta(t, 6, after["system.network.listener.connection.dropped[network.local.port:80 network.transport:tcp]"], 0)
	assert.InDelta(t, 14, after["system.network.listener.packet.dropped[network.transport:udp]"], 0)

	surplus := tcp(4, 1)
	surplus.Surplus = true
	after = record(&p, surplus, tcp(1, 0))
	assert.InDelta(t, 5, after["system.network.listener.backlog.usage[network.local.port:80 network.transport:tcp]"], 0, "owners are not requested")
	cfg.Metrics.SystemNetworkListenerBacklogUsage.EnabledAttributes = []metadata.SystemNetworkListenerBacklogUsageMetricAttributeKey{"container.id"}
	p = newPoints(cfg)
	after = record(&p, surplus, tcp(1, 0))
	assert.InDelta(t, 4, after["system.network.listener.backlog.usage[otel.metric.overflow:true]"], 0)
	assert.InDelta(t, 1, after["system.network.listener.backlog.usage[]"], 0)
}
