// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/scan"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "scan") }

// parser is what every kernel file's struct is.
type parser interface{ Parse([]byte) error }

// malformed asserts what a parser says of text: the first line it dropped and how many, none if count is 0.
func malformed(t *testing.T, p parser, text string, first, count int) {
	t.Helper()
	err := p.Parse([]byte(text))
	if count == 0 {
		require.NoError(t, err)
		return
	}
	var lines *scan.LineError
	require.ErrorAs(t, err, &lines)
	assert.Equal(t, scan.LineError{First: first, Count: count}, *lines)
}

// implausible asserts that a parser drops single values of text only: the first of them, its line and how many.
func implausible(t *testing.T, p parser, text, field string, line, count int) {
	t.Helper()
	err := p.Parse([]byte(text))
	var bad *scan.LineError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, scan.LineError{Field: field, FieldLine: line, Fields: count}, *bad)
}

// number is what a kernel may have written for n: an unknown one had stepped below zero.
func number(n Number) uint64 {
	if !n.Known {
		return math.MaxUint64
	}
	return n.N
}

func TestNoAllocs(t *testing.T) {
	for name, tt := range map[string]struct {
		parser
		text string
	}{
		"stat":     {&Stat{}, statText},
		"meminfo":  {&Meminfo{}, meminfoText},
		"loadavg":  {&Loadavg{}, "0.20 0.18 0.12 1/80 11206\n"},
		"cpuinfo":  {&CPUInfo{}, cpuinfoText},
		"vmstat":   {&Vmstat{}, vmstatText},
		"swaps":    {&Swaps{}, swapsText},
		"uptime":   {&Uptime{}, "4351.94 6767.97\n"},
		"file-nr":  {&FileNr{}, "607\t0\t2466170\n"},
		"pid_max":  {&PIDMax{}, "32768\n"},
		"pressure": {&Pressure{}, pressureText},
		"net/tcp":  {&NetSockets{}, netTCPText},
		"net/udp":  {&NetSockets{List: 1 << 7}, netUDPText},
		"net/snmp": {&NetSNMP{}, netSNMPText}, "net/netstat": {&Netstat{}, netstatText}, "net/snmp6": {&NetSNMP6{}, netSNMP6Text},
		"net/sockstat": {&Sockstat{}, sockstatText},
		"net/dev":      {&NetDev{}, netDevText}, "net/softnet_stat": {&SoftnetStat{}, softnetText}, "nf_conntrack": {&NfConntrack{}, "262144\n"},
		"PID/stat": {&PIDStat{}, pidStatText}, "PID/statm": {&PIDStatm{}, pidStatmText},
		"PID/cgroup": {&PIDCgroup{}, pidCgroupText},
		"PID/io":     {&PIDIO{}, pidIOText}, "PID/status": {&PIDStatus{}, pidStatusText}, "PID/limits": {&PIDLimits{}, pidLimitsText},

		"diskstats": {&Diskstats{}, diskstatsText}, "rpc/nfs": {&RPCNFS{}, rpcNFSText}, "rpc/nfsd": {&RPCNFSD{}, rpcNFSDText},

		"mountinfo":   {&Mountinfo{}, mountinfoText},
		"filesystems": {&Filesystems{}, filesystemsText},
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(tt.text)
			hosttest.NoAllocs(t, func() { _ = tt.Parse(text) })
		})
		t.Run(name+" malformed", func(t *testing.T) {
			text := []byte("cpu7 x\nMemFree 1\nprocessor: x\n" + tt.text + tt.text)
			hosttest.NoAllocs(t, func() { _ = tt.Parse(text) })
		})
		t.Run(name+" implausible", func(t *testing.T) {
			text := regexp.MustCompile(`\b[1-9]\b`).ReplaceAll([]byte(tt.text), []byte("18446744073709551613"))
			hosttest.NoAllocs(t, func() { _ = tt.Parse(text) })
		})
	}
}
