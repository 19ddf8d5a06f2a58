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

// RPCNFS is /proc/net/rpc/nfs: what the NFS client has asked for.
//
//	net 0 0 0 0
//	rpc 1245 3 1248
//	proc3 22 0 12 …
//	proc4 69 1 57 …
//
// Source: net/sunrpc/stats.c, rpc_proc_show. A line proc has the number of its counts first. Those of proc4 are of the
// client's own operations (include/linux/nfs4.h, NFSPROC4_CLNT_NULL and following), not of NFSv4's two procedures.
type RPCNFS struct {
	Net RPCNet
	// Calls is how many calls were made, Retransmits how many were sent again, AuthRefreshes how many credentials renewed.
	Calls, Retransmits, AuthRefreshes Number
	// Proc3 and Proc4 are the counts of NFSv3's procedures and of NFSv4's operations, by number. Without the line they are
	// empty. Reused by the next Parse.
	Proc3, Proc4 []uint64

	bad scan.LineError
}

// Parse reads the text of /proc/net/rpc/nfs. The error is nil or a *scan.LineError, valid until the next Parse.
func (r *RPCNFS) Parse(b []byte) error {
	*r = RPCNFS{Proc3: r.Proc3[:0], Proc4: r.Proc4[:0]}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !r.parseLine(line) {
			r.bad.Add(number)
		}
	}
	return r.bad.Err()
}

func (r *RPCNFS) parseLine(line []byte) (ok bool) {
	key, rest := scan.Field(line)
	switch string(key) {
	case "":
		return false
	case "net":
		return r.Net.parse(rest)
	case "rpc":
		return parseNumbers(rest, &r.Calls, &r.Retransmits, &r.AuthRefreshes)
	case "proc3":
		r.Proc3, ok = parseProcedures(r.Proc3, rest)
	case "proc4":
		r.Proc4, ok = parseProcedures(r.Proc4, rest)
	default:
		return true // proc2, and what is to come.
	}
	return ok
}

func (n *RPCNet) parse(rest []byte) bool {
	return parseNumbers(rest, &n.Packets, &n.UDP, &n.TCP, &n.TCPConnections)
}

// parseNumbers reads one number for each of dst, all or none. A number that is known already stays.
func parseNumbers(rest []byte, dst ...*Number) (ok bool) {
	values := [5]Number{}
	for i := range dst {
		if values[i].N, rest, ok = scan.UintField(rest); !ok || dst[i].Known {
			return false
		}
		values[i].Known = true
	}
	for i := range dst {
		*dst[i] = values[i]
	}
	return true
}

// parseProcedures appends to dst, which is empty, the counts of a line that says first how many they are, all or none.
func parseProcedures(dst []uint64, rest []byte) (counts []uint64, ok bool) {
	if len(dst) > 0 {
		return dst, false // It stands there twice.
	}
	n, rest, ok := scan.UintField(rest)
	if !ok || n == 0 || n > maxRPCProcedures {
		return dst, false
	}
	counts = dst
	for range n {
		var count uint64
		if count, rest, ok = scan.UintField(rest); !ok {
			return counts[:0], false
		}
		counts = append(counts, count)
	}
	if more, _ := scan.Field(rest); len(more) > 0 {
		return counts[:0], false
	}
	return counts, true
}
