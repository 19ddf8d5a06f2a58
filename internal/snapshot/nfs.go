// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// NFS is what the kernel's NFS client and server of a network namespace have done since they were loaded.
type NFS struct {
	Client NFSClient
	Server NFSServer
}

// NFSClient is the calls to other hosts.
type NFSClient struct {
	Net RPCNet
	// Calls is how many calls were made, Retransmits how many were sent again, AuthRefreshes how many credentials renewed.
	Calls, Retransmits, AuthRefreshes Quantity
	Procedures                        []NFSCalls // Of NFSv3.
	Operations                        []NFSCalls // Of NFSv4.
}

// NFSServer is the calls from other hosts.
type NFSServer struct {
	Net RPCNet
	// CacheHits, CacheMisses and CacheNoCache are requests by what the reply cache did: it answered, it kept the answer, or
	// the request may safely be answered again.
	CacheHits, CacheMisses, CacheNoCache Quantity
	// BadFormat, BadAuth and BadClient are requests that were refused.
	BadFormat, BadAuth, BadClient Quantity
	StaleHandles                  Quantity // Requests for files that are gone.
	BytesRead, BytesWritten       Quantity // From and to files.
	Threads                       Quantity // That serve, now.
	Procedures                    []NFSCalls
	Operations                    []NFSCalls // Of NFSv4.
}

// RPCNet is what came over the network.
type RPCNet struct {
	UDP, TCP       Quantity // Packets and records.
	TCPConnections Quantity
}

// NFSCalls is how often one procedure or operation was called.
type NFSCalls struct {
	Version int64  // Of NFS.
	Name    string // As the protocol has it, or, of the client's operations, the kernel.
	Count   uint64
}

// reset empties n and keeps the memory of its slices.
func (n *NFS) reset() {
	*n = NFS{
		Client: NFSClient{Procedures: n.Client.Procedures[:0], Operations: n.Client.Operations[:0]},
		Server: NFSServer{Procedures: n.Server.Procedures[:0], Operations: n.Server.Operations[:0]},
	}
}

// NFSWant selects fields of NFS.
type NFSWant struct{ Client, Server bool }
