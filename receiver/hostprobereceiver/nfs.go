// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"strings"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// NFSConfig has the options of the nfs scraper.
type NFSConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

var nfsMetrics = []string{
	"nfs.client.net.count",
	"nfs.client.net.tcp.connection.accepted",
	"nfs.client.operation.count",
	"nfs.client.procedure.count",
	"nfs.client.rpc.authrefresh.count",
	"nfs.client.rpc.count",
	"nfs.client.rpc.retransmit.count",
	"nfs.server.fh.stale.count",
	"nfs.server.io",
	"nfs.server.net.count",
	"nfs.server.net.tcp.connection.accepted",
	"nfs.server.operation.count",
	"nfs.server.procedure.count",
	"nfs.server.repcache.requests",
	"nfs.server.rpc.count",
	"nfs.server.thread.count",
}

func wantNFS(cfg *Config, want *snapshot.Want) {
	for metric, enabled := range enabledMetrics(cfg) {
		want.NFS.Client = want.NFS.Client || enabled && strings.HasPrefix(metric, "nfs.client.")
		want.NFS.Server = want.NFS.Server || enabled && strings.HasPrefix(metric, "nfs.server.")
	}
}

const (
	overUDP = metadata.AttributeNfsNetworkTransportUDP
	overTCP = metadata.AttributeNfsNetworkTransportTCP
)

func (p *points) recordNFS(s *snapshot.NFS) {
	p.recordNFSClient(&s.Client)
	p.recordNFSServer(&s.Server)
}

func (p *points) recordNFSClient(s *snapshot.NFSClient) {
	recordKnown(s.Net.UDP, func(n int64) { p.NfsClientNetCount.Record(n, overUDP) })
	recordKnown(s.Net.TCP, func(n int64) { p.NfsClientNetCount.Record(n, overTCP) })
	recordKnown(s.Net.TCPConnections, p.NfsClientNetTCPConnectionAccepted.Record)
	recordKnown(s.Calls, p.NfsClientRPCCount.Record)
	recordKnown(s.Retransmits, p.NfsClientRPCRetransmitCount.Record)
	recordKnown(s.AuthRefreshes, p.NfsClientRPCAuthrefreshCount.Record)
	recordCalls(s.Procedures, p.NfsClientProcedureCount.Record)
	recordCalls(s.Operations, p.NfsClientOperationCount.Record)
}

func (p *points) recordNFSServer(s *snapshot.NFSServer) {
	const (
		format, auth, client = metadata.AttributeNfsErrorTypeFormat, metadata.AttributeNfsErrorTypeAuth, metadata.AttributeNfsErrorTypeClient
		hit, miss            = metadata.AttributeNfsServerRepcacheStatusHit, metadata.AttributeNfsServerRepcacheStatusMiss
		noCache              = metadata.AttributeNfsServerRepcacheStatusNocache
		receive, transmit    = metadata.AttributeNfsNetworkIoDirectionReceive, metadata.AttributeNfsNetworkIoDirectionTransmit
	)
	recordKnown(s.CacheHits, func(n int64) { p.NfsServerRepcacheRequests.Record(n, hit) })
	recordKnown(s.CacheMisses, func(n int64) { p.NfsServerRepcacheRequests.Record(n, miss) })
	recordKnown(s.CacheNoCache, func(n int64) { p.NfsServerRepcacheRequests.Record(n, noCache) })
	recordKnown(s.StaleHandles, p.NfsServerFhStaleCount.Record)
	recordKnown(s.BytesRead, func(n int64) { p.NfsServerIo.Record(n, receive) }) // As in host_metrics.
	recordKnown(s.BytesWritten, func(n int64) { p.NfsServerIo.Record(n, transmit) })
	recordKnown(s.Threads, p.NfsServerThreadCount.Record)
	recordKnown(s.Net.UDP, func(n int64) { p.NfsServerNetCount.Record(n, overUDP) })
	recordKnown(s.Net.TCP, func(n int64) { p.NfsServerNetCount.Record(n, overTCP) })
	recordKnown(s.Net.TCPConnections, p.NfsServerNetTCPConnectionAccepted.Record)
	recordKnown(s.BadFormat, func(n int64) { p.NfsServerRPCCount.Record(n, format) })
	recordKnown(s.BadAuth, func(n int64) { p.NfsServerRPCCount.Record(n, auth) })
	recordKnown(s.BadClient, func(n int64) { p.NfsServerRPCCount.Record(n, client) })
	recordCalls(s.Procedures, p.NfsServerProcedureCount.Record)
	recordCalls(s.Operations, p.NfsServerOperationCount.Record)
}

func recordCalls(calls []snapshot.NFSCalls, record func(n, version int64, name string)) {
	for i := range calls {
		c := &calls[i]
		record(signed(c.Count), c.Version, c.Name)
	}
}
