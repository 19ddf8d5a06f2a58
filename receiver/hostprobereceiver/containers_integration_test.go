// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package hostprobereceiver

import (
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// hostPort is the port of a listener on the host, on which nothing listens in containers with a network of their own.
const hostPort = "HOSTPROBE_TEST_HOST_PORT"

const otherNamespace = "collector and host are in different namespaces"

// TestContainers: in containers of all kinds, what answers for the collector's namespace is emitted exactly where that is the
// host's, by every user, and each line of the log is true.
func TestContainers(t *testing.T) {
	if !hosttest.IsInside() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		t.Setenv(hostPort, fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
	}
	hosttest.EachContainer(t, func(t *testing.T, c *hosttest.Container) {
		set := watch(t)
		s := started(t, set.Settings, "root_path: "+c.Root+`
metrics:
  system.network.conntrack.count: {enabled: true}
  system.network.conntrack.max: {enabled: true}
scrapers:
  system: {uptime: true, activity: true}
  processes:
  network: {interfaces: true, softnet: true}
  connections: {tcp_stats: true, listening_ports: true, protocols: true, udp_sockets: true, unix_sockets: true}`)
		points := scrapeAll(t, s)

		ownNetwork := c.HostNetwork && c.SeesInit()
		assert.Equal(t, c.HostPID, hasPoint(points, "system.process.limit["))
		assert.True(t, hasPoint(points, "system.processes.count["), "/proc of the host lists its processes to every reader")
		assert.Equal(t, ownNetwork, hasPoint(points, "system.network.connections[", "protocol:unix"))
		assert.Equal(t, ownNetwork, hasPoint(points, "system.network.interface.mtu[", ":lo"))
		conntrack := exists("/proc/sys/net/netfilter/nf_conntrack_count")
		assert.Equal(t, ownNetwork && conntrack, hasPoint(points, "system.network.conntrack.count["))

		// The files of proc/1/net are those of the host for every reader.
		assert.Equal(t, c.SeesInit(), hasPoint(points, "system.network.io[", ":lo"))
		assert.Equal(t, c.SeesInit(), hasPoint(points, "system.network.connections[", "protocol:tcp"))
		assert.Equal(t, c.SeesInit(), hasPoint(points, "system.network.connections[", "protocol:udp"))
		assert.Equal(t, c.SeesInit(), hasPoint(points, "system.network.tcp.segments["))
		assert.Equal(t, c.SeesInit(), hasPoint(points, "system.network.listener.backlog.usage[", "port:"+os.Getenv(hostPort)+" ", "tcp"))

		var want []string
		if !c.HostPID {
			want = append(want, "system: proc/sys/kernel/pid_max: "+otherNamespace)
		}
		why := otherNamespace
		if !c.SeesInit() {
			why = "unknown whether collector and host share the namespace: /proc/1 of the host is not visible"
			for domain, files := range map[string][]string{
				"network":     {"dev", "softnet_stat"},
				"connections": {"netstat", "snmp", "sockstat", "tcp", "tcp6", "udp", "udp6"}, // Those of IPv6 may be missing.
			} {
				for _, file := range files {
					want = append(want, domain+": proc/1/net/"+file+": no such file or directory")
				}
			}
		}
		for _, source := range []string{
			"connections: sock_diag unix", "network: sys/class/net", "network: proc/sys/net/netfilter/nf_conntrack_count",
			"network: proc/sys/net/netfilter/nf_conntrack_max",
		} {
			switch isConntrack := strings.Contains(source, "conntrack"); {
			case !c.SeesInit() && strings.HasSuffix(source, "class/net"): // proc/1/net/dev lists no interface to read it for.
			case !ownNetwork:
				want = append(want, source+": "+why)
			case isConntrack && !conntrack:
				want = append(want, source+": no such file or directory")
			}
		}
		var got []string
		for _, entry := range set.log.All() {
			source, _, _ := strings.Cut(entry.Message, " unavailable; dependent metrics are omitted")
			got = append(got, source+": "+fmt.Sprint(entry.ContextMap()["error"]))
		}
		assert.ElementsMatch(t, want, got)
		if t.Failed() {
			t.Log(strings.Join(slices.Sorted(maps.Keys(points)), "\n"))
		}
	})
}

// hasPoint reports whether there is a point whose identity begins so and has these parts.
func hasPoint(points map[string]point, begin string, parts ...string) bool {
	for id := range points {
		if strings.HasPrefix(id, begin) && !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(id, part) }) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
