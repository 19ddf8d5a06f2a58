// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const (
	clientText = "net 1 2 3 4\nrpc 5 6 7\nproc3 2 8 9\nproc4 3 10 11 12\n"
	serverText = "rc 1 2 3\nfh 4 0 0 0 0\nio 5 6\nth 7 0 0.000\nnet 8 9 10 11\nrpc 12 13 14 15 16\n" +
		"proc3 1 17\nproc4 2 18 19\nproc4ops 5 0 0 0 20 21\n"
)

var nfsWant = snapshot.Want{NFS: snapshot.NFSWant{Client: true, Server: true}}

func readNFS(p *reader, s *snapshot.Snapshot) []source.Fault {
	return readDomain(p, s, 1, snapshot.DomainNFS)
}

func TestNFS(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/net/rpc/nfs", clientText)
	hosttest.Write(t, root, "proc/net/rpc/nfsd", serverText)
	p := open(t, Options{Root: root}, nfsWant)
	var s snapshot.Snapshot
	want := snapshot.NFS{
		Client: snapshot.NFSClient{
			Net:   snapshot.RPCNet{UDP: snapshot.Known(2), TCP: snapshot.Known(3), TCPConnections: snapshot.Known(4)},
			Calls: snapshot.Known(5), Retransmits: snapshot.Known(6), AuthRefreshes: snapshot.Known(7),
			Procedures: []snapshot.NFSCalls{{Version: 3, Name: "NULL", Count: 8}, {Version: 3, Name: "GETATTR", Count: 9}},
			Operations: []snapshot.NFSCalls{{Version: 4, Name: "NULL", Count: 10}, {Version: 4, Name: "READ", Count: 11}, {Version: 4, Name: "WRITE", Count: 12}},
		},
		Server: snapshot.NFSServer{
			Net:       snapshot.RPCNet{UDP: snapshot.Known(9), TCP: snapshot.Known(10), TCPConnections: snapshot.Known(11)},
			CacheHits: snapshot.Known(1), CacheMisses: snapshot.Known(2), CacheNoCache: snapshot.Known(3),
			BadFormat: snapshot.Known(14), BadAuth: snapshot.Known(15), BadClient: snapshot.Known(16),
			StaleHandles: snapshot.Known(4), BytesRead: snapshot.Known(5), BytesWritten: snapshot.Known(6), Threads: snapshot.Known(7),
			Procedures: []snapshot.NFSCalls{{Version: 3, Name: "NULL", Count: 17}, {Version: 4, Name: "NULL", Count: 18}, {Version: 4, Name: "COMPOUND", Count: 19}},
			Operations: []snapshot.NFSCalls{{Version: 4, Name: "ACCESS", Count: 20}, {Version: 4, Name: "CLOSE", Count: 21}},
		},
	}
	require.Empty(t, readNFS(p, &s))
	assert.Equal(t, want, s.NFS)
	hosttest.NoAllocs(t, func() { readNFS(p, &s) })

	// The server is unloaded and loaded again; what is malformed costs its own line.
	hosttest.Remove(t, root, "proc/net/rpc/nfsd")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainNFS, Source: "proc/net/rpc/nfsd", Reason: source.Unavailable, Err: unix.ENOENT}}, readNFS(p, &s))
	assert.Equal(t, want.Client, s.NFS.Client)
	assert.False(t, s.NFS.Server.Threads.Known)
	assert.Empty(t, s.NFS.Server.Operations)
	hosttest.Write(t, root, "proc/net/rpc/nfsd", strings.Replace(serverText, "rpc 12 13 14 15 16", "rpc 12 13", 1))
	faults := readNFS(p, &s)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Malformed, faults[0].Reason)
	assert.EqualError(t, faults[0].Err, "line 6 is malformed")
	assert.False(t, s.NFS.Server.BadAuth.Known)
	assert.Equal(t, want.Server.Operations, s.NFS.Server.Operations)
	hosttest.NoAllocs(t, func() { readNFS(p, &s) })

	// A number that cannot be right costs itself.
	hosttest.Write(t, root, "proc/net/rpc/nfsd", strings.NewReplacer("rpc 12 13 14 15 16", "rpc 12 13 14 -1 16", "proc4 2 18 19", "proc4 2 -1 19").Replace(serverText))
	faults = readNFS(p, &s)
	require.Len(t, faults, 1)
	assert.EqualError(t, faults[0].Err, "2 values are implausible, the first is badauth in line 6")
	without := want.Server
	without.BadAuth = snapshot.Quantity{}
	without.Procedures = []snapshot.NFSCalls{want.Server.Procedures[0], want.Server.Procedures[2]}
	assert.Equal(t, without, s.NFS.Server)
	hosttest.Write(t, root, "proc/net/rpc/nfsd", serverText)
	assert.Empty(t, readNFS(p, &s))
	assert.Equal(t, want, s.NFS)
}

// TestNFSBelowARoot: below a root it is the namespace of the host's first process that counts.
func TestNFSBelowARoot(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/net/rpc/nfs", clientText)
	hosttest.Write(t, root, "proc/1/net/rpc/nfs", "rpc 50 6 7\n")
	p := open(t, Options{Root: root}, snapshot.Want{NFS: snapshot.NFSWant{Client: true}})
	var s snapshot.Snapshot
	require.Empty(t, readNFS(p, &s))
	assert.Equal(t, snapshot.Known(50), s.NFS.Client.Calls)
	assert.Empty(t, s.NFS.Client.Operations)
}

// TestLaterKernel has counts of operations that nobody has named yet.
func TestLaterKernel(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/net/rpc/nfs", "proc4 100"+strings.Repeat(" 7", 100)+"\n")
	var s snapshot.Snapshot
	require.Empty(t, readNFS(open(t, Options{Root: root}, snapshot.Want{NFS: snapshot.NFSWant{Client: true}}), &s))
	require.Len(t, s.NFS.Client.Operations, 69)
	assert.Equal(t, snapshot.NFSCalls{Version: 4, Name: "READ_PLUS", Count: 7}, s.NFS.Client.Operations[68])
}

func TestPortableNFS(t *testing.T) {
	var s snapshot.Snapshot
	p := open(t, Options{Root: t.TempDir(), Backend: BackendPortable}, nfsWant)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainNFS, Source: "gopsutil nfs", Reason: source.Unavailable, Err: errNotTold}}, readNFS(p, &s))
	assert.False(t, s.Filled.Has(snapshot.DomainNFS))
	p = open(t, Options{Root: t.TempDir(), Backend: BackendPortable}, snapshot.Want{})
	assert.Empty(t, readNFS(p, &s), "nobody asked")
}
