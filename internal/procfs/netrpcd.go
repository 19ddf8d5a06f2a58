// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// RPCNFSD is /proc/net/rpc/nfsd: the calls that the NFS server has received.
//
//	rc 0 1245 88231
//	fh 2 0 0 0 0
//	io 104857600 52428800
//	th 8 0 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000
//	ra 32 0 0 0 0 0 0 0 0 0 0 0
//	net 89476 0 89480 12
//	rpc 89476 0 0 0 0
//	proc3 22 0 …
//	proc4 2 2 87000
//	proc4ops 76 0 0 0 4021 …
//	wdeleg_getattr 0
//
// Source: fs/nfsd/stats.c, nfsd_show; net/sunrpc/stats.c, svc_seq_show. A line proc has the number of its counts first.
// proc4ops are the operations of NFSv4's procedure COMPOUND, by their numbers in the protocol.
type RPCNFSD struct {
	// CacheHits, CacheMisses and CacheNoCache are requests by what the reply cache did: it answered, it kept the answer, or
	// the request may safely be answered again.
	CacheHits, CacheMisses, CacheNoCache Number
	StaleHandles                         Number // File handles of files that are gone.
	BytesRead, BytesWritten              Number // From and to files.
	Threads                              Number
	Net                                  RPCNet
	Calls                                Number // Answered ones.
	BadCalls                             Number // The sum of the next three.
	BadFormat, BadAuth, BadClient        Number
	// Proc3 and Proc4 are the counts of the procedures of NFSv3 and NFSv4, Proc4Ops of NFSv4's operations, by number.
	// Without the line they are empty. Reused by the next Parse.
	Proc3, Proc4, Proc4Ops []Number

	bad scan.LineError
}

// Parse reads the text of /proc/net/rpc/nfsd. The error is nil or a *scan.LineError, valid until the next Parse.
func (r *RPCNFSD) Parse(b []byte) error {
	*r = RPCNFSD{Proc3: r.Proc3[:0], Proc4: r.Proc4[:0], Proc4Ops: r.Proc4Ops[:0]}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !r.parseLine(number, line) {
			r.bad.Add(number)
		}
	}
	return r.bad.Err()
}

func (r *RPCNFSD) parseLine(number int, line []byte) (ok bool) {
	key, rest := scan.Field(line)
	switch string(key) {
	case "":
		return false
	case "rc":
		return parseNumbers(&r.bad, number, rest, rpcCacheNames, &r.CacheHits, &r.CacheMisses, &r.CacheNoCache)
	case "fh":
		return parseNumbers(&r.bad, number, rest, rpcHandleNames, &r.StaleHandles)
	case "io":
		return parseNumbers(&r.bad, number, rest, rpcIONames, &r.BytesRead, &r.BytesWritten)
	case "th":
		return parseNumbers(&r.bad, number, rest, rpcThreadNames, &r.Threads)
	case "net":
		return r.Net.parse(&r.bad, number, rest)
	case "rpc":
		return parseNumbers(&r.bad, number, rest, rpcServerNames, &r.Calls, &r.BadCalls, &r.BadFormat, &r.BadAuth, &r.BadClient)
	case "proc3":
		r.Proc3, ok = parseProcedures(&r.bad, number, r.Proc3, rest)
	case "proc4":
		r.Proc4, ok = parseProcedures(&r.bad, number, r.Proc4, rest)
	case "proc4ops":
		r.Proc4Ops, ok = parseProcedures(&r.bad, number, r.Proc4Ops, rest)
	default:
		return true // proc2, ra and wdeleg_getattr, and what is to come.
	}
	return ok
}

var (
	rpcCacheNames  = []string{"cache hits", "cache misses", "nocache"}
	rpcHandleNames = []string{"stale file handles"}
	rpcIONames     = []string{"bytes read", "bytes written"}
	rpcThreadNames = []string{"threads"}
	rpcServerNames = []string{"calls", "badcalls", "badfmt", "badauth", "badclnt"}
)
