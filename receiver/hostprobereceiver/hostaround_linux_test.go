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
	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestHostAroundContainer: a collector in a container reports the host below root_path, though most files there answer for
// the container. The captured one has eth0 and no sockets, its host veth5d0c1a7, which leads to it, and some.
func TestHostAroundContainer(t *testing.T) {
	const text = "scrapers: {network: {interfaces: true, metrics: {system.network.conntrack.count: {enabled: true}}}, " +
		"connections: {udp_sockets: true}, filesystem: {include_virtual_filesystems: true}}\nroot_path: "
	root := hosttest.Unpack(t, "captured-container", "t0")
	set := watch(t)
	s := started(t, set.Settings, text+root)
	for _, tt := range []struct {
		moment string
		want   map[string]float64
	}{
		{moment: "t0", want: map[string]float64{
			"system.network.packets[device:lo direction:receive]":                 9,
			"system.network.packets[device:veth5d0c1a7 direction:transmit]":       6,
			"system.network.connections[protocol:tcp state:ESTABLISHED]":          6,
			"system.network.connections[protocol:tcp state:TIME_WAIT]":            0,
			"system.network.tcp.segments[network.io.direction:receive]":           9,
			"system.network.socket.count[network.transport:tcp]":                  7,
			"system.network.udp.errors[network.udp.error.type:no_port]":           0,
			"system.network.connections[protocol:udp state:CLOSE]":                1,
			"system.network.tcp.connections.opened[network.tcp.open.type:active]": 3,
		}},
		{moment: "t1", want: map[string]float64{
			"system.network.io[device:lo direction:receive]":                      87628,
			"system.network.io[device:veth5d0c1a7 direction:receive]":             3508,
			"system.network.io[device:veth5d0c1a7 direction:transmit]":            5768,
			"system.network.connections[protocol:tcp state:ESTABLISHED]":          2,
			"system.network.connections[protocol:tcp state:TIME_WAIT]":            2,
			"system.network.tcp.segments[network.io.direction:receive]":           135,
			"system.network.socket.count[network.transport:tcp]":                  3,
			"system.network.udp.errors[network.udp.error.type:no_port]":           0,
			"system.network.connections[protocol:udp state:CLOSE]":                1,
			"system.network.tcp.connections.opened[network.tcp.open.type:active]": 3,
		}},
	} {
		hosttest.Replace(t, root, "captured-container", tt.moment)
		batch, err := s.scrape(context.Background())
		require.NoError(t, err)
		assert.Equal(t, map[string]any{
			"host.name": "captured", "host.id": "0123456789abcdef0123456789abcdef", "os.type": "linux", "os.description": "Captured Linux 1 (first)",
		}, batch.ResourceMetrics().At(0).Resource().Attributes().AsRaw())
		points := pointsOf(t, batch)
		mounts, devices := map[string]bool{}, map[string]bool{}
		for id := range points {
			metric, attributes, _ := strings.Cut(strings.TrimSuffix(id, "]"), "[")
			for attribute := range strings.SplitSeq(attributes, " ") {
				switch key, value, _ := strings.Cut(attribute, ":"); {
				case key == "mountpoint":
					mounts[value] = true
				case key == "device" && strings.HasPrefix(metric, "system.network."):
					devices[value] = true
				}
			}
		}
		assert.Equal(t, []string{"/", "/data", "/dev", "/proc", "/run", "/sys"}, slices.Sorted(maps.Keys(mounts)), tt.moment)
		assert.Equal(t, []string{"lo", "veth5d0c1a7"}, slices.Sorted(maps.Keys(devices)), tt.moment)
		for id, value := range tt.want {
			if assert.Contains(t, slices.Collect(maps.Keys(points)), id, tt.moment) {
				assert.InDelta(t, value, points[id].value(), 0, "%s %s", tt.moment, id)
			}
		}
		assert.NotContains(t, points, "system.network.conntrack.count[]", "it is the container's")
	}
	for _, source := range []string{"proc/sys/net/netfilter/nf_conntrack_count", "sys/class/net"} {
		assert.Equal(t, 1, set.log.FilterField(zap.String("source", source)).Len(), "%s answers for another namespace", source)
	}
}
