// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/scan"
)

const netSNMPText = `Ip: Forwarding DefaultTTL InReceives
Ip: 2 64 24499
IcmpMsg: InType3
IcmpMsg: 1
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 15 2 0 0 0 24473 19197 5 0 4 0
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
Udp: 25 1 12 26 7 3 4 0 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
UdpLite: 9 9 9 9 9 9 9 9 9
`

const netstatText = `TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPHPHits TCPTimeouts TcpTime
TcpExt: 1 7 8 9 2 0
IpExt: InNoRoutes ListenDrops
IpExt: 0 99
`

const netSNMP6Text = `Ip6InReceives                   	1
Udp6InDatagrams                 	0
Udp6NoPorts                     	1
Udp6InErrors                    	2
Udp6RcvbufErrors                	3
Udp6SndbufErrors                	4
Udp6InCsumErrors                	5
UdpLite6NoPorts                 	9
`

const sockstatText = `sockets: used 18
TCP: inuse 3 orphan 0 tw 1 alloc 3 mem 4
UDP: inuse 5 mem 6
UDPLITE: inuse 7
RAW: inuse 8
FRAG: inuse 0 memory 0
`

const sockstat6Text = "TCP6: inuse 1\nUDP6: inuse 2\nUDPLITE6: inuse 3\nRAW6: inuse 4\nFRAG6: inuse 0 memory 0\n"

func TestNetSNMP(t *testing.T) {
	var s NetSNMP
	malformed(t, &s, netSNMPText, 0, 0)
	assert.Equal(t, NetSNMP{
		ActiveOpens: known(15), PassiveOpens: known(2), InSegs: known(24473), OutSegs: known(19197), RetransSegs: known(5), OutRsts: known(4),
		UDP: UDPErrors{NoPorts: known(1), InErrors: known(12), RcvbufErrors: known(7), SndbufErrors: known(3), InCsumErrors: known(4), HasChecksums: true},
	}, s)
	malformed(t, &s, "Tcp: OutRsts ActiveOpens\nTcp: 1 2\n", 0, 0)
	assert.Equal(t, NetSNMP{OutRsts: known(1), ActiveOpens: known(2)}, s, "columns are found by their names")
	malformed(t, &s, "Tcp: CurrEstab OutRsts\nTcp: 18446744073709551615 2\n", 0, 0)
	assert.Equal(t, NetSNMP{OutRsts: known(2)}, s, "a gauge that fell below zero loses no counter")
}

func TestNetSNMPMalformed(t *testing.T) {
	const udp = "Udp: NoPorts\nUdp: 1\n"
	for name, tt := range map[string]struct {
		text         string
		first, count int
	}{
		"more names than values": {"Tcp: OutRsts InSegs\nTcp: 1\n" + udp, 2, 1},
		"more values than names": {"Tcp: OutRsts\nTcp: 1 2\n" + udp, 2, 1},
		"no values":              {"Tcp: OutRsts InSegs\n" + udp, 1, 1},
		"values at the end":      {udp + "Tcp: OutRsts\n", 3, 1},
		"another's values":       {"Tcp: OutRsts\nUdpLite: 1\n" + udp, 1, 2},
		"a name twice":           {"Tcp: OutRsts OutRsts\nTcp: 1 2\n" + udp, 2, 1},
		"a protocol twice":       {udp + udp, 4, 1},
		"no colon":               {"Tcp OutRsts\nTcp 1\n" + udp, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var s NetSNMP
			malformed(t, &s, tt.text, tt.first, tt.count)
			assert.False(t, s.OutRsts.Known)
			assert.Equal(t, known(1), s.UDP.NoPorts, "the other pair is kept")
		})
	}
}

// TestNetCountersImplausible: a counter that cannot be right costs itself, and no other of its line.
func TestNetCountersImplausible(t *testing.T) {
	for _, value := range []string{"-1", "x", "9223372036854775808", "18446744073709551613", "99999999999999999999"} {
		var s NetSNMP
		implausible(t, &s, "Udp: NoPorts InErrors\nUdp: 1 2\nTcp: RtoMin OutRsts MaxConn InSegs\nTcp: x "+value+" -1 7\n", "OutRsts", 4, 1)
		s.bad = scan.LineError{}
		assert.Equal(t, NetSNMP{InSegs: known(7), UDP: UDPErrors{NoPorts: known(1), InErrors: known(2)}}, s)

		var n Netstat
		implausible(t, &n, "TcpExt: ListenDrops TCPTimeouts\nTcpExt: 5 "+value+"\n", "TCPTimeouts", 2, 1)
		assert.Equal(t, known(5), n.ListenDrops)
	}
	var s NetSNMP6
	implausible(t, &s, "Udp6NoPorts 18446744073709551613\nUdp6InErrors 2\n", "NoPorts", 0, 1)
	assert.Equal(t, UDPErrors{InErrors: known(2)}, s.UDP)
}

func TestNetstat(t *testing.T) {
	var n Netstat
	malformed(t, &n, netstatText, 0, 0)
	assert.Equal(t, Netstat{ListenOverflows: known(7), ListenDrops: known(8), TCPTimeouts: known(2)}, n)
}

func TestNetSNMP6(t *testing.T) {
	var s NetSNMP6
	malformed(t, &s, netSNMP6Text, 0, 0)
	assert.Equal(t, UDPErrors{NoPorts: known(1), InErrors: known(2), RcvbufErrors: known(3), SndbufErrors: known(4), InCsumErrors: known(5), HasChecksums: true}, s.UDP)
	malformed(t, &s, "Udp6NoPorts\nUdp6InErrors -1\nUdp6SndbufErrors x\nUdp6RcvbufErrors 1\nUdp6RcvbufErrors 2\nUdp6InCsumErrors 3", 1, 4)
	assert.Equal(t, UDPErrors{RcvbufErrors: known(1), InCsumErrors: known(3), HasChecksums: true}, s.UDP)
}

func TestSockstat(t *testing.T) {
	var s Sockstat
	malformed(t, &s, sockstatText, 0, 0)
	assert.Equal(t, Sockstat{
		TCP: SockstatProtocol{known(3), known(4)}, UDP: SockstatProtocol{known(5), known(6)},
		UDPLite: SockstatProtocol{InUse: known(7)}, Raw: SockstatProtocol{InUse: known(8)},
	}, s)
	malformed(t, &s, sockstat6Text, 0, 0)
	assert.Equal(t, Sockstat{
		TCP: SockstatProtocol{InUse: known(1)}, UDP: SockstatProtocol{InUse: known(2)},
		UDPLite: SockstatProtocol{InUse: known(3)}, Raw: SockstatProtocol{InUse: known(4)},
	}, s)
	for _, line := range []string{"TCP: inuse", "TCP: mem 1", "TCP: inuse 1 mem"} {
		malformed(t, &s, line+"\nUDP: inuse 5\nUDP: inuse 6\n", 1, 2)
		assert.Equal(t, Sockstat{UDP: SockstatProtocol{InUse: known(5)}}, Sockstat{TCP: s.TCP, UDP: s.UDP}, line)
	}
	for _, value := range []string{"x", "-1", "4294967295", "18446744073709551615"} {
		implausible(t, &s, "TCP: inuse "+value+" orphan -1 mem 4\nUDP: inuse 5 mem 6\n", "inuse", 1, 1)
		assert.Equal(t, Sockstat{TCP: SockstatProtocol{Mem: known(4)}, UDP: SockstatProtocol{known(5), known(6)}}, Sockstat{TCP: s.TCP, UDP: s.UDP})
	}
	for _, value := range []string{"x", "-1", "4398046511104"} {
		implausible(t, &s, "TCP: inuse 3 orphan 0 mem "+value+"\nUDP: inuse 5 mem 6\n", "mem", 1, 1)
		assert.Equal(t, Sockstat{TCP: SockstatProtocol{InUse: known(3)}, UDP: SockstatProtocol{known(5), known(6)}}, Sockstat{TCP: s.TCP, UDP: s.UDP})
	}
}

// FuzzNetSNMP looks the columns up again with the standard library, pair by pair.
func FuzzNetSNMP(f *testing.F) {
	f.Add("Tcp", "RtoMin OutRsts", "Tcp", "200 4")
	f.Fuzz(func(t *testing.T, title, names, again, values string) {
		var s NetSNMP
		if strings.Contains(title+names+again+values, "\n") {
			return
		}
		_ = s.Parse([]byte(title + ": " + names + "\n" + again + ": " + values + "\n"))
		blank := func(r rune) bool { return r == ' ' || r == '\t' }
		keys, numbers := strings.FieldsFunc(title+": "+names, blank), strings.FieldsFunc(again+": "+values, blank)
		want := map[string]Number{}
		valid := len(keys) == len(numbers) && keys[0] == "Tcp:" && numbers[0] == "Tcp:"
		for i := 1; valid && i < len(keys); i++ {
			n, err := strconv.ParseUint(numbers[i], 10, 63)
			_, twice := want[keys[i]]
			wanted, _ := (&NetSNMP{}).tcp([]byte(keys[i]))
			valid = wanted == nil || !twice
			if want[keys[i]] = (Number{}); err == nil {
				want[keys[i]] = known(n)
			}
		}
		for _, key := range []string{"ActiveOpens", "PassiveOpens", "InSegs", "OutSegs", "RetransSegs", "OutRsts"} {
			expected := Number{}
			if n, ok := want[key]; ok && valid {
				expected = n
			}
			got, _ := s.tcp([]byte(key))
			assert.Equal(t, expected, *got, key)
		}
	})
}

// FuzzSockstat finds the last of each pair again with the standard library.
func FuzzSockstat(f *testing.F) {
	f.Add(sockstatText)
	f.Fuzz(func(t *testing.T, text string) {
		var s Sockstat
		_ = s.Parse([]byte(text))
		var want Number
		for _, line := range strings.Split(text, "\n") {
			fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
			if want.Known || len(fields)%2 == 0 || fields[0] != "RAW:" && fields[0] != "RAW6:" {
				continue
			}
			for i := 1; i < len(fields); i += 2 {
				if fields[i] != "inuse" {
					continue
				}
				want = Number{}
				if n, err := strconv.ParseUint(fields[i+1], 10, 31); err == nil {
					want = known(n)
				}
			}
		}
		assert.Equal(t, want, s.Raw.InUse)
	})
}

// FuzzNetSNMP6 takes the first number of a key again with the standard library.
func FuzzNetSNMP6(f *testing.F) {
	f.Add(netSNMP6Text)
	f.Fuzz(func(t *testing.T, text string) {
		var s NetSNMP6
		_ = s.Parse([]byte(text))
		var want Number
		for _, line := range strings.Split(text, "\n") {
			fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
			if len(fields) > 1 && fields[0] == "Udp6InErrors" && !want.Known {
				if n, err := strconv.ParseUint(fields[1], 10, 63); err == nil {
					want = known(n)
				}
			}
		}
		assert.Equal(t, want, s.UDP.InErrors)
	})
}
