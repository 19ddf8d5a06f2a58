// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"math"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// difference is one deliberate difference between the receivers: a row of docs/migrate-from-host_metrics.md.
type difference struct {
	metrics []string
	where   []string
	why     string
	// agrees says whether the two values differ as they should; nil where they have nothing to do with each other.
	agrees func(theirs, ours float64) bool
}

var (
	roots      = []string{"root"} // Every one but this host.
	everywhere = append([]string{"live"}, roots...)
	container  = []string{"captured-container_t0", "captured-container_t1"} // Hosts whose /proc/net is the collector's.
	fileServer = []string{"generated-storage_t0", "generated-storage_t1"}
)

var differences = []difference{
	{
		metrics: []string{"system.network.io", "system.network.packets", "system.network.errors", "system.network.dropped", "system.network.connections"},
		where:   container,
		why:     "contrib reads proc/net below the root, the collector's network namespace; host_probe reads proc/1/net, the host's",
	},
	{
		metrics: []string{"system.paging.faults"}, where: roots,
		why:    "gopsutil multiplies counts by 4096",
		agrees: func(theirs, ours float64) bool { return theirs == 4096*ours },
	},
	{
		metrics: []string{"system.paging.operations"}, where: roots,
		why: "gopsutil multiplies pages and KiB by 4096; host_probe reports both in pages",
		agrees: func(theirs, ours float64) bool {
			return theirs == 4096*ours || math.Floor(theirs/4096/4) == ours
		},
	},
	{
		metrics: []string{"system.paging.faults", "system.paging.operations"}, where: []string{"live"},
		why:    "the same on a running host",
		agrees: func(theirs, ours float64) bool { return theirs >= ours },
	},
	{
		metrics: []string{"system.paging.usage", "system.paging.utilization"}, where: roots,
		why: "contrib reads /proc/swaps of this host and ignores root_path",
	},
	{
		metrics: []string{"system.network.connections"}, where: roots,
		why:    "contrib reports FIN_WAIT_1, FIN_WAIT_2 and DELETE, always 0, for the kernel's FIN_WAIT1 and FIN_WAIT2",
		agrees: func(theirs, ours float64) bool { return theirs == ours },
	},
	{
		metrics: []string{"system.network.connections"}, where: []string{"live"},
		why:    "the same while sockets open and close",
		agrees: func(theirs, ours float64) bool { return math.Abs(theirs-ours) <= 100+ours/2 },
	},
	{
		metrics: []string{"system.uptime"}, where: roots,
		why: "contrib reads the uptime of this host and ignores root_path",
	},
	{
		metrics: []string{"system.cpu.logical.count", "system.cpu.physical.count"}, where: roots,
		why: "contrib counts the CPUs of this host and ignores root_path",
	},
	{
		metrics: []string{"system.cpu.utilization"}, where: roots,
		why: "the CPUs of a root that does not change count no tick; contrib has 0 in every state then",
	},
	{
		metrics: []string{"system.cpu.frequency"}, where: roots,
		why: "contrib reads /proc/cpuinfo of this host and ignores root_path",
	},
	{
		metrics: []string{"system.cpu.load_average.1m", "system.cpu.load_average.5m", "system.cpu.load_average.15m"}, where: roots,
		why: "with cpu_average, contrib divides by the collector's CPU affinity, host_probe by the host's CPUs",
		agrees: func(theirs, ours float64) bool {
			return theirs == ours || theirs > ours && ours > 0
		},
	},
	{
		metrics: []string{
			"nfs.client.net.count", "nfs.client.net.tcp.connection.accepted", "nfs.client.operation.count", "nfs.client.procedure.count",
			"nfs.client.rpc.authrefresh.count", "nfs.client.rpc.count", "nfs.client.rpc.retransmit.count",
			"nfs.server.fh.stale.count", "nfs.server.io", "nfs.server.net.count", "nfs.server.net.tcp.connection.accepted",
			"nfs.server.operation.count", "nfs.server.procedure.count", "nfs.server.repcache.requests", "nfs.server.rpc.count",
			"nfs.server.thread.count",
		},
		where: fileServer, // Where TestNFSSameAsContrib gives contrib another /proc, both agree.
		why:   "contrib reads the collector's own /proc/net/rpc and ignores root_path",
	},
	{
		metrics: []string{"system.processes.count"}, where: roots,
		why: "contrib counts only processes whose PID exists on this host",
	},
	{
		metrics: []string{"system.processes.count"}, where: []string{"live"},
		why: "contrib counts running and blocked tasks; TestProcessesSameAsContrib compares the sums",
	},
	{
		metrics: []string{"process.memory.utilization"}, where: everywhere,
		why:    "contrib reports 32-bit percentages with unit 1",
		agrees: func(theirs, ours float64) bool { return math.Abs(theirs/100-ours) < 0.02 },
	},
	{
		metrics: []string{"process.signals_pending"}, where: everywhere,
		why: "contrib reports the signal bitmask as the number of pending signals",
		agrees: func(theirs, ours float64) bool {
			return math.Abs(float64(bits.OnesCount64(uint64(theirs)))-ours) <= 2
		},
	},
	{
		metrics: []string{"process.uptime"}, where: roots,
		why: "in a container contrib computes the boot time from the uptime; host_probe reads btime",
	},
	{
		metrics: []string{"process.context_switches", "process.cpu.utilization"}, where: roots,
		why: "contrib reports a process below a root only while its PID exists on this host, and lists its threads otherwise",
	},
}

// aloneDifferences are of metrics that host_probe has where contrib may have nothing. Where both have one, it is the same.
var aloneDifferences = []difference{
	{
		metrics: []string{"process.open_file_descriptors"}, where: []string{"live"},
		why: "contrib lists /proc/PID/fd, which needs privileges; host_probe reads its size, which needs none",
	},
	{
		metrics: []string{"system.filesystem.usage", "system.filesystem.inodes.usage", "system.filesystem.utilization"}, where: []string{"live"},
		why: "contrib takes every mount of a directory for a bind, host_probe only where another mount shows the same or more",
	},
}

// zeros are of metrics that contrib has as 0 where host_probe has nothing. Where both have one, it is the same.
var zeros = []difference{
	{
		metrics: []string{"system.filesystem.inodes.usage"}, where: everywhere,
		why: "btrfs, vfat, procfs and others make inodes as they need them and have no number of them, which statfs says as 0",
	},
}

// attributeDifference is one deliberate difference in an attribute of a process.
type attributeDifference struct {
	attributes []string
	where      []string
	why        string
	agrees     func(theirs, ours string) bool
}

var attributeDifferences = []attributeDifference{
	{
		attributes: []string{"process.owner"}, where: roots,
		why: "contrib reads /etc/passwd of this host and ignores root_path",
	},
	{
		attributes: []string{"process.command", "process.command_line", "process.executable.path"}, where: everywhere,
		why: "contrib emits control characters and invalid UTF-8; host_probe escapes them as \\xNN",
		agrees: func(theirs, ours string) bool {
			return isPrintable(ours) && (unescaped(ours) == theirs || len(ours) > maxLength-4 && strings.HasPrefix(theirs, unescaped(ours)))
		},
	},
	{
		attributes: []string{"process.executable.name"}, where: everywhere,
		why: "the same; contrib keeps the escapes of /proc/PID/status for line feed and backslash, \\n and \\\\",
		agrees: func(theirs, ours string) bool {
			return isPrintable(ours) && unescaped(ours) == strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(theirs)
		},
	},
}

func attributeDifferenceOf(attribute, where string) *attributeDifference {
	for i := range attributeDifferences {
		if d := &attributeDifferences[i]; slices.Contains(d.attributes, attribute) && isAt(d.where, where) {
			return d
		}
	}
	return nil
}

// escape is what host_probe writes: of a control character, of what is not ASCII, and of a backslash.
var escape = regexp.MustCompile(`\\x(?:[0189a-f][0-9a-f]|7f|5c)`)

// unescaped has the bytes back that \xNN stand for.
func unescaped(text string) string {
	return escape.ReplaceAllStringFunc(text, func(e string) string {
		c, err := strconv.ParseUint(e[2:], 16, 8)
		if err != nil {
			panic(err)
		}
		return string([]byte{byte(c)})
	})
}

func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// differenceOf is the row for a metric, nil if both must say the same.
func differenceOf(metric, where string) *difference { return rowOf(differences, metric, where) }

// mayBeAlone reports whether host_probe may have a metric that contrib has not.
func mayBeAlone(metric, where string) bool {
	return differenceOf(metric, where) != nil || rowOf(aloneDifferences, metric, where) != nil
}

// mayBeZero reports whether contrib may have a metric as 0 that host_probe has not.
func mayBeZero(metric, where string) bool { return rowOf(zeros, metric, where) != nil }

func rowOf(rows []difference, metric, where string) *difference {
	for i := range rows {
		if d := &rows[i]; slices.Contains(d.metrics, metric) && isAt(d.where, where) {
			return d
		}
	}
	return nil
}

// isAt reports whether a row is for this host.
func isAt(hosts []string, where string) bool {
	return slices.Contains(hosts, where) || where != "live" && slices.Contains(hosts, "root")
}
