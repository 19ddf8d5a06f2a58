// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"fmt"
	"slices"
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

// clientOrders are the orders of NFSPROC4_CLNT_… in include/linux/nfs4.h of these kernels.
var clientOrders = map[string]string{
	"3.10": "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID " +
		"SETCLIENTID_CONFIRM LOCK LOCKT LOCKU ACCESS GETATTR LOOKUP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE " +
		"PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL FS_LOCATIONS RELEASE_LOCKOWNER SECINFO " +
		"EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET GETDEVICEINFO " +
		"LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST BIND_CONN_TO_SESSION " +
		"DESTROY_CLIENTID",
	"4.15": "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID " +
		"SETCLIENTID_CONFIRM LOCK LOCKT LOCKU ACCESS GETATTR LOOKUP LOOKUPP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE " +
		"PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL FS_LOCATIONS RELEASE_LOCKOWNER SECINFO " +
		"FSID_PRESENT EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET " +
		"GETDEVICEINFO LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST " +
		"BIND_CONN_TO_SESSION DESTROY_CLIENTID SEEK ALLOCATE DEALLOCATE LAYOUTSTATS CLONE COPY",
	"4.18": "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID " +
		"SETCLIENTID_CONFIRM LOCK LOCKT LOCKU ACCESS GETATTR LOOKUP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE " +
		"PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL FS_LOCATIONS RELEASE_LOCKOWNER SECINFO " +
		"FSID_PRESENT EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET " +
		"GETDEVICEINFO LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST " +
		"BIND_CONN_TO_SESSION DESTROY_CLIENTID SEEK ALLOCATE DEALLOCATE LAYOUTSTATS CLONE COPY LOOKUPP",
	"5.5": "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID " +
		"SETCLIENTID_CONFIRM LOCK LOCKT LOCKU ACCESS GETATTR LOOKUP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE " +
		"PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL FS_LOCATIONS RELEASE_LOCKOWNER SECINFO " +
		"FSID_PRESENT EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET " +
		"GETDEVICEINFO LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST " +
		"BIND_CONN_TO_SESSION DESTROY_CLIENTID SEEK ALLOCATE DEALLOCATE LAYOUTSTATS CLONE COPY OFFLOAD_CANCEL COPY_NOTIFY " +
		"LOOKUPP LAYOUTERROR",
	"6.12": "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID " +
		"SETCLIENTID_CONFIRM LOCK LOCKT LOCKU ACCESS GETATTR LOOKUP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE " +
		"PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL FS_LOCATIONS RELEASE_LOCKOWNER SECINFO " +
		"FSID_PRESENT EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET " +
		"GETDEVICEINFO LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST " +
		"BIND_CONN_TO_SESSION DESTROY_CLIENTID SEEK ALLOCATE DEALLOCATE LAYOUTSTATS CLONE COPY OFFLOAD_CANCEL LOOKUPP " +
		"LAYOUTERROR COPY_NOTIFY GETXATTR SETXATTR LISTXATTRS REMOVEXATTR READ_PLUS",
	"6.16": "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID " +
		"SETCLIENTID_CONFIRM LOCK LOCKT LOCKU ACCESS GETATTR LOOKUP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE " +
		"PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL FS_LOCATIONS RELEASE_LOCKOWNER SECINFO " +
		"FSID_PRESENT EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET " +
		"GETDEVICEINFO LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST " +
		"BIND_CONN_TO_SESSION DESTROY_CLIENTID SEEK ALLOCATE DEALLOCATE ZERO_RANGE LAYOUTSTATS CLONE COPY OFFLOAD_CANCEL " +
		"LOOKUPP LAYOUTERROR COPY_NOTIFY GETXATTR SETXATTR LISTXATTRS REMOVEXATTR READ_PLUS OFFLOAD_STATUS",
}

// TestOperationsByKernel gives each operation of a kernel a count that says its number: every name that is emitted has its own
// operation's count, and only names that the count of operations does not settle are omitted.
func TestOperationsByKernel(t *testing.T) {
	for _, tt := range []struct {
		kernel string
		count  int // Of operations: kernels before have the start of the list.
		named  int // The first that are emitted.
	}{
		{"3.10", 37, 37}, // Without CONFIG_NFS_V4_1.
		{"3.10", 51, 51}, // 3.2
		{"3.10", 53, 53},
		{"6.12", 38, 38}, // 4.4 without CONFIG_NFS_V4_1.
		{"6.12", 54, 54}, // 3.13, and later ones without CONFIG_NFS_V4_2.
		{"6.12", 57, 57}, // 3.19
		{"6.12", 60, 60}, // 4.9
		{"4.15", 61, 20}, // 61 operations are in either order.
		{"4.18", 61, 20},
		{"6.12", 62, 62}, // 4.19
		{"6.12", 63, 63}, // 5.4
		{"5.5", 64, 61},
		{"6.12", 64, 61}, // 5.6
		{"6.12", 68, 68}, // 5.9
		{"6.12", 69, 69},
		{"6.16", 71, 71},
		{"6.12", 48, 20}, // Counts that no known kernel has.
		{"6.12", 66, 20},
		{"6.16", 70, 20},
	} {
		t.Run(fmt.Sprint(tt.kernel, " ", tt.count), func(t *testing.T) {
			names := strings.Fields(clientOrders[tt.kernel])
			assertOperations(t, names[:tt.count], tt.named)
		})
	}
	t.Run("later", func(t *testing.T) {
		for _, at := range []int{20, 37, 57, 71} {
			names := slices.Insert(strings.Fields(clientOrders["6.16"]), at, "LATER")
			assertOperations(t, names, 20)
		}
	})
}

func assertOperations(t *testing.T, names []string, named int) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "net 0 0 0 0\nrpc 1245 3 1248\nproc4 %d", len(names))
	want := make([]snapshot.NFSCalls, named)
	for i, name := range names {
		fmt.Fprintf(&text, " %d", 1000+i)
		if i < named {
			want[i] = snapshot.NFSCalls{Version: 4, Name: name, Count: uint64(1000 + i)}
		}
	}
	root := t.TempDir()
	hosttest.Write(t, root, "proc/1/net/rpc/nfs", text.String()+"\n")
	var s snapshot.Snapshot
	p := open(t, Options{Root: root}, snapshot.Want{NFS: snapshot.NFSWant{Client: true}})
	require.Empty(t, readNFS(p, &s))
	assert.Equal(t, want, s.NFS.Client.Operations)
	hosttest.NoAllocs(t, func() { readNFS(p, &s) })
}

// TestLaterServer has counts of operations without a name. The protocol numbers them, so those before keep theirs.
func TestLaterServer(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/net/rpc/nfsd", "proc3 30"+strings.Repeat(" 5", 30)+"\nproc4ops 100"+strings.Repeat(" 7", 100)+"\n")
	var s snapshot.Snapshot
	require.Empty(t, readNFS(open(t, Options{Root: root}, snapshot.Want{NFS: snapshot.NFSWant{Server: true}}), &s))
	require.Len(t, s.NFS.Server.Procedures, 22)
	require.Len(t, s.NFS.Server.Operations, 73)
	assert.Equal(t, snapshot.NFSCalls{Version: 4, Name: "REMOVEXATTR", Count: 7}, s.NFS.Server.Operations[72])
}

func TestPortableNFS(t *testing.T) {
	var s snapshot.Snapshot
	p := open(t, Options{Root: t.TempDir(), Backend: BackendPortable}, nfsWant)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainNFS, Source: "gopsutil nfs", Reason: source.Unavailable, Err: errNotTold}}, readNFS(p, &s))
	assert.False(t, s.Filled.Has(snapshot.DomainNFS))
	p = open(t, Options{Root: t.TempDir(), Backend: BackendPortable}, snapshot.Want{})
	assert.Empty(t, readNFS(p, &s), "nothing was requested")
}
