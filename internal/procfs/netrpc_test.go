// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	rpcNFSText = "net 1 2 3 4\nrpc 5 6 7\nproc2 18 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\nproc3 3 8 9 10\nproc4 4 11 12 13 4294967295\n"

	rpcNFSDText = "rc 1 2 3\nfh 4 0 0 0 0\nio 5 6\nth 7 8 0.000 0.000\nra 32 0 0\nnet 9 10 11 12\nrpc 13 14 15 16 17\n" +
		"proc3 2 18 19\nproc4 2 20 21\nproc4ops 5 0 0 0 22 23\nwdeleg_getattr 24\n"
)

func known(n uint64) Number { return Number{n, true} }

func TestRPCNFS(t *testing.T) {
	var r RPCNFS
	malformed(t, &r, rpcNFSText, 0, 0)
	assert.Equal(t, RPCNFS{
		Net:   RPCNet{known(1), known(2), known(3), known(4)},
		Calls: known(5), Retransmits: known(6), AuthRefreshes: known(7),
		Proc3: []Number{known(8), known(9), known(10)}, Proc4: []Number{known(11), known(12), known(13), known(4294967295)},
	}, r)

	malformed(t, &r, "rpc 1 2 3\n", 0, 0)
	assert.Equal(t, RPCNFS{Calls: known(1), Retransmits: known(2), AuthRefreshes: known(3), Proc3: []Number{}, Proc4: []Number{}}, r,
		"a kernel without a version has no line for it")
}

func TestRPCNFSD(t *testing.T) {
	var r RPCNFSD
	malformed(t, &r, rpcNFSDText, 0, 0)
	assert.Equal(t, RPCNFSD{
		CacheHits: known(1), CacheMisses: known(2), CacheNoCache: known(3), StaleHandles: known(4), BytesRead: known(5), BytesWritten: known(6),
		Threads: known(7), Net: RPCNet{known(9), known(10), known(11), known(12)},
		Calls: known(13), BadCalls: known(14), BadFormat: known(15), BadAuth: known(16), BadClient: known(17),
		Proc3: []Number{known(18), known(19)}, Proc4: []Number{known(20), known(21)}, Proc4Ops: []Number{known(0), known(0), known(0), known(22), known(23)},
	}, r)
}

func TestRPCMalformed(t *testing.T) {
	for name, tt := range map[string]struct {
		text         string
		first, count int
	}{
		"blank line":      {"net 1 2 3 4\n\nrpc 1 2 3 4 5\n", 2, 1},
		"too few":         {"net 1 2 3\nrpc 1 2\n", 1, 2},
		"twice":           {"net 1 2 3 4\nnet 1 2 3 4\n", 2, 1},
		"no count":        {"proc3\n", 1, 1},
		"none":            {"proc3 0\n", 1, 1},
		"fewer than said": {"proc3 3 1 2\n", 1, 1},
		"more than said":  {"proc4 3 1 2 3 4\n", 1, 1},
		"count is absurd": {"proc4 257" + strings.Repeat(" 1", 257) + "\n", 1, 1},
		"count overflows": {"proc4 18446744073709551616 1\n", 1, 1},
		"procedure twice": {"proc3 1 1\nproc3 2 1 1\nproc3 1 7\n", 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var client RPCNFS
			var server RPCNFSD
			malformed(t, &client, tt.text, tt.first, tt.count)
			malformed(t, &server, tt.text, tt.first, tt.count)
			assert.LessOrEqual(t, len(client.Proc3), 1, "all counts of a line or none")
			assert.Empty(t, server.Proc4)
			if name == "too few" {
				assert.False(t, client.Net.Packets.Known)
			}
		})
	}
}

// TestRPCImplausible: a number that cannot be right costs itself, and no other of its line.
func TestRPCImplausible(t *testing.T) {
	for _, value := range []string{"x", "-1", "9223372036854775808", "18446744073709551613"} {
		var client RPCNFS
		var server RPCNFSD
		const rest = "\nproc4 3 1 2 3\n"
		net := RPCNet{Packets: known(1), UDP: known(2), TCPConnections: known(4)}
		implausible(t, &client, "net 1 2 "+value+" 4"+rest, "tcp packets", 1, 1)
		assert.Equal(t, net, client.Net)
		implausible(t, &server, "net 1 2 "+value+" 4"+rest, "tcp packets", 1, 1)
		assert.Equal(t, net, server.Net)
		implausible(t, &client, "rpc 1 "+value+" 3"+rest, "retransmits", 1, 1)
		assert.Equal(t, [3]Number{known(1), {}, known(3)}, [3]Number{client.Calls, client.Retransmits, client.AuthRefreshes})
		implausible(t, &server, "io "+value+" 2"+rest, "bytes read", 1, 1)
		assert.Equal(t, [2]Number{{}, known(2)}, [2]Number{server.BytesRead, server.BytesWritten})
		implausible(t, &server, "rpc 1 2 3 4 "+value+rest, "badclnt", 1, 1)
		assert.Equal(t, [3]Number{known(3), known(4)}, [3]Number{server.BadFormat, server.BadAuth, server.BadClient})
		implausible(t, &server, "rc 1 2 "+value+rest, "nocache", 1, 1)
		implausible(t, &server, "fh "+value+" 0 0 0 0"+rest, "stale file handles", 1, 1)
		implausible(t, &server, "th "+value+" 0 0.000"+rest, "threads", 1, 1)
		implausible(t, &client, "proc3 3 1 "+value+" 3"+rest, "count", 1, 1)
		assert.Equal(t, []Number{known(1), {}, known(3)}, client.Proc3)
		assert.Equal(t, []Number{known(1), known(2), known(3)}, client.Proc4)
		implausible(t, &server, "proc4ops 3 1 "+value+" 3"+rest, "count", 1, 1)
		assert.Equal(t, []Number{known(1), {}, known(3)}, server.Proc4Ops)
	}
}

// slowRPC reads the lines in the obvious way: what it found under each key, and how many lines were bad.
func slowRPC(text string, scalars map[string]int, procedures ...string) (found map[string][]Number, bad int) {
	found = map[string][]Number{}
	for line := range strings.Lines(text) {
		fields := strings.FieldsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) == 0 {
			bad++
			continue
		}
		key, fields := fields[0], fields[1:]
		n, isScalar := scalars[key]
		switch {
		case isScalar:
			fields = fields[:min(n, len(fields))]
		case strings.Contains(" "+strings.Join(procedures, " ")+" ", " "+key+" "):
			n = len(fields) - 1
			if n < 1 || n > 256 || strings.TrimLeft(fields[0], "0") != fmt.Sprint(n) {
				bad++
				continue
			}
			fields = fields[1:]
		default:
			continue
		}
		numbers := make([]Number, len(fields))
		for i, field := range fields {
			if v, err := strconv.ParseUint(field, 10, 63); err == nil {
				numbers[i] = known(v)
			}
		}
		before, known := found[key], false
		for _, number := range before {
			known = known || number.Known || !isScalar
		}
		if len(numbers) != n || known {
			bad++
			continue
		}
		found[key] = numbers
	}
	return found, bad
}

// put adds what a parser found under a key, unless that is nothing.
func put(found map[string][]Number, key string, numbers ...Number) {
	for _, number := range numbers {
		if number.Known {
			found[key] = numbers
		}
	}
}

// dropUnknown takes away the lines of which nothing is known.
func dropUnknown(found map[string][]Number) map[string][]Number {
	for key, numbers := range found {
		if !slices.ContainsFunc(numbers, func(n Number) bool { return n.Known }) {
			delete(found, key)
		}
	}
	return found
}

func FuzzRPC(f *testing.F) {
	f.Add(rpcNFSText)
	f.Add(rpcNFSDText)
	f.Add("proc3 02 1 1\nproc3 2 1\nth 8\nth\n\nio 1 2 3")
	f.Fuzz(func(t *testing.T, text string) {
		var client RPCNFS
		_ = client.Parse([]byte(text))
		want, bad := slowRPC(text, map[string]int{"net": 4, "rpc": 3}, "proc3", "proc4")
		found := map[string][]Number{}
		put(found, "net", client.Net.Packets, client.Net.UDP, client.Net.TCP, client.Net.TCPConnections)
		put(found, "rpc", client.Calls, client.Retransmits, client.AuthRefreshes)
		put(found, "proc3", client.Proc3...)
		put(found, "proc4", client.Proc4...)
		assert.Equal(t, dropUnknown(want), found)
		assert.Equal(t, bad, client.bad.Count)

		var server RPCNFSD
		_ = server.Parse([]byte(text))
		want, bad = slowRPC(text, map[string]int{"rc": 3, "fh": 1, "io": 2, "th": 1, "net": 4, "rpc": 5}, "proc3", "proc4", "proc4ops")
		found = map[string][]Number{}
		put(found, "rc", server.CacheHits, server.CacheMisses, server.CacheNoCache)
		put(found, "fh", server.StaleHandles)
		put(found, "io", server.BytesRead, server.BytesWritten)
		put(found, "th", server.Threads)
		put(found, "net", server.Net.Packets, server.Net.UDP, server.Net.TCP, server.Net.TCPConnections)
		put(found, "rpc", server.Calls, server.BadCalls, server.BadFormat, server.BadAuth, server.BadClient)
		put(found, "proc3", server.Proc3...)
		put(found, "proc4", server.Proc4...)
		put(found, "proc4ops", server.Proc4Ops...)
		assert.Equal(t, dropUnknown(want), found)
		assert.Equal(t, bad, server.bad.Count)
	})
}
