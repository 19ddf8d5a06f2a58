// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// nfsSource reads /proc/net/rpc/nfs and nfsd, which are there while the client and the server are loaded.
type nfsSource struct {
	host   *source.Host
	client *source.File[procfs.RPCNFS, *procfs.RPCNFS]
	server *source.File[procfs.RPCNFSD, *procfs.RPCNFSD]
}

func newNFSSource(h *source.Host) *nfsSource {
	dir := "proc/net/"
	if h.Root != "" {
		dir = h.NetDir()
	}
	return &nfsSource{
		host:   h,
		client: source.NewFile[procfs.RPCNFS](h, dir+"rpc/nfs", pseudofs.Single),
		server: source.NewFile[procfs.RPCNFSD](h, dir+"rpc/nfsd", pseudofs.Single),
	}
}

func (n *nfsSource) Read(sc *source.Scrape) (filled bool) {
	if sc.Want.NFS.Client {
		if client := n.client.Read(sc); client != nil {
			fillNFSClient(&sc.Snapshot.NFS.Client, client)
			filled = true
		}
	}
	if sc.Want.NFS.Server {
		if server := n.server.Read(sc); server != nil {
			fillNFSServer(&sc.Snapshot.NFS.Server, server)
			filled = true
		}
	}
	return filled
}

func fillNFSClient(s *snapshot.NFSClient, k *procfs.RPCNFS) {
	s.Net = rpcNetOf(&k.Net)
	s.Calls = snapshot.Quantity(k.Calls)
	s.Retransmits = snapshot.Quantity(k.Retransmits)
	s.AuthRefreshes = snapshot.Quantity(k.AuthRefreshes)
	s.Procedures = appendCalls(s.Procedures, 3, nfs3Procedures, k.Proc3)
	s.Operations = appendCalls(s.Operations, 4, nfs4ClientOperations(len(k.Proc4)), k.Proc4)
}

func fillNFSServer(s *snapshot.NFSServer, k *procfs.RPCNFSD) {
	s.Net = rpcNetOf(&k.Net)
	s.CacheHits = snapshot.Quantity(k.CacheHits)
	s.CacheMisses = snapshot.Quantity(k.CacheMisses)
	s.CacheNoCache = snapshot.Quantity(k.CacheNoCache)
	s.BadFormat = snapshot.Quantity(k.BadFormat)
	s.BadAuth = snapshot.Quantity(k.BadAuth)
	s.BadClient = snapshot.Quantity(k.BadClient)
	s.StaleHandles = snapshot.Quantity(k.StaleHandles)
	s.BytesRead = snapshot.Quantity(k.BytesRead)
	s.BytesWritten = snapshot.Quantity(k.BytesWritten)
	s.Threads = snapshot.Quantity(k.Threads)
	s.Procedures = appendCalls(s.Procedures, 3, nfs3Procedures, k.Proc3)
	s.Procedures = appendCalls(s.Procedures, 4, nfs4Procedures, k.Proc4)
	s.Operations = appendCalls(s.Operations, 4, nfs4ServerOperations, k.Proc4Ops)
}

func rpcNetOf(k *procfs.RPCNet) snapshot.RPCNet {
	return snapshot.RPCNet{
		UDP: snapshot.Quantity(k.UDP), TCP: snapshot.Quantity(k.TCP), TCPConnections: snapshot.Quantity(k.TCPConnections),
	}
}

// appendCalls gives counts their names. Counts without a name, as a later kernel may have, and unknown counts are omitted.
func appendCalls(dst []snapshot.NFSCalls, version int64, names []string, counts []procfs.Number) []snapshot.NFSCalls {
	for i := range min(len(names), len(counts)) {
		if names[i] != "" && counts[i].Known {
			dst = append(dst, snapshot.NFSCalls{Version: version, Name: names[i], Count: counts[i].N})
		}
	}
	return dst
}
