// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// RPCNet is the line net of /proc/net/rpc/nfs and nfsd: what came over the network, since the module was loaded or the
// network namespace made. The numbers have 32 bits.
type RPCNet struct {
	Packets        Number
	UDP, TCP       Number // Packets by transport.
	TCPConnections Number
}

// maxRPCProcedures bounds the procedures of one version, and the operations of NFSv4, of which there are fewer than 80.
const maxRPCProcedures = 256

// RPCNFS is /proc/net/rpc/nfs: the calls that the NFS client has made.
//
//	net 0 0 0 0
//	rpc 1245 3 1248
//	proc3 22 0 12 …
//	proc4 69 1 57 …
//
// Source: net/sunrpc/stats.c, rpc_proc_show. A line proc has the number of its counts first. Those of proc4 are of the
// client's own operations (include/linux/nfs4.h, NFSPROC4_CLNT_NULL and following), not of NFSv4's two procedures, in an
// order that differs between kernels.
type RPCNFS struct {
	Net RPCNet
	// Calls is how many calls were made, Retransmits how many were sent again, AuthRefreshes how many credentials renewed.
	Calls, Retransmits, AuthRefreshes Number
	// Proc3 and Proc4 are the counts of NFSv3's procedures and of NFSv4's operations, by number. Without the line they are
	// empty. Reused by the next Parse.
	Proc3, Proc4 []Number

	bad scan.LineError
}

// Parse reads the text of /proc/net/rpc/nfs. The error is nil or a *scan.LineError, valid until the next Parse.
func (r *RPCNFS) Parse(b []byte) error {
	*r = RPCNFS{Proc3: r.Proc3[:0], Proc4: r.Proc4[:0]}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !r.parseLine(number, line) {
			r.bad.Add(number)
		}
	}
	return r.bad.Err()
}

func (r *RPCNFS) parseLine(number int, line []byte) (ok bool) {
	key, rest := scan.Field(line)
	switch string(key) {
	case "":
		return false
	case "net":
		return r.Net.parse(&r.bad, number, rest)
	case "rpc":
		return parseNumbers(&r.bad, number, rest, rpcClientNames, &r.Calls, &r.Retransmits, &r.AuthRefreshes)
	case "proc3":
		r.Proc3, ok = parseProcedures(&r.bad, number, r.Proc3, rest)
	case "proc4":
		r.Proc4, ok = parseProcedures(&r.bad, number, r.Proc4, rest)
	default:
		return true // proc2, and what is to come.
	}
	return ok
}

func (n *RPCNet) parse(bad *scan.LineError, line int, rest []byte) bool {
	return parseNumbers(bad, line, rest, rpcNetNames, &n.Packets, &n.UDP, &n.TCP, &n.TCPConnections)
}

var (
	rpcNetNames    = []string{"packets", "udp packets", "tcp packets", "tcp connections"}
	rpcClientNames = []string{"calls", "retransmits", "authrefreshes"}
)

// parseNumbers reads one number for each of dst, which are called names. Numbers that are known already stay.
func parseNumbers(bad *scan.LineError, line int, rest []byte, names []string, dst ...*Number) (ok bool) {
	values := [5]Number{}
	for i := range dst {
		if values[i], rest, ok = column(rest, maxCount); !ok || dst[i].Known {
			return false
		}
	}
	for i := range dst {
		*dst[i] = values[i]
		if !values[i].Known {
			bad.AddField(line, names[i])
		}
	}
	return true
}

// parseProcedures appends to dst, which is empty, the counts of a line that says first how many they are, all or none.
func parseProcedures(bad *scan.LineError, line int, dst []Number, rest []byte) (counts []Number, ok bool) {
	if len(dst) > 0 {
		return dst, false // It stands there twice.
	}
	n, rest, ok := scan.UintField(rest)
	if !ok || n == 0 || n > maxRPCProcedures {
		return dst, false
	}
	counts = dst
	for range n {
		var count Number
		if count, rest, ok = column(rest, maxCount); !ok {
			return counts[:0], false
		}
		counts = append(counts, count)
	}
	if more, _ := scan.Field(rest); len(more) > 0 {
		return counts[:0], false
	}
	for i := range counts {
		if !counts[i].Known {
			bad.AddField(line, "count")
		}
	}
	return counts, true
}
