// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestHostWithoutNFS: a missing client and a missing server are each logged once, and are no error.
func TestHostWithoutNFS(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "etc/hostname", "without-nfs\n")
	hosttest.Write(t, root, "proc/uptime", "4351.94 6767.97\n")
	hosttest.Write(t, root, "proc/stat", "btime 1795550491\n")
	set := watch(t)
	s := started(t, set.Settings, "scrapers: {nfs: , system: }\nroot_path: "+root)
	for range 3 {
		assert.Len(t, scrapeAll(t, s), 1, "the uptime")
	}
	var sources []any
	for _, entry := range set.log.TakeAll() {
		assert.Contains(t, entry.Message, " unavailable; dependent metrics are omitted")
		sources = append(sources, entry.ContextMap()["source"])
	}
	assert.Equal(t, []any{"proc/net/rpc/nfs", "proc/net/rpc/nfsd"}, sources)
	assert.Equal(t, int64(6), counted(t, set.tel, "otelcol_hostprobe_scraper_errors", "nfs", "unavailable"))

	// Without an enabled metric of the server, its absence is not logged.
	s = started(t, set.Settings, "root_path: "+root+"\nscrapers: {system: , nfs: {metrics: {"+
		"nfs.server.fh.stale.count: {enabled: false}, nfs.server.io: {enabled: false}, nfs.server.net.count: {enabled: false}, "+
		"nfs.server.net.tcp.connection.accepted: {enabled: false}, nfs.server.operation.count: {enabled: false}, "+
		"nfs.server.procedure.count: {enabled: false}, nfs.server.repcache.requests: {enabled: false}, "+
		"nfs.server.rpc.count: {enabled: false}, nfs.server.thread.count: {enabled: false}}}}")
	scrapeAll(t, s)
	assert.Equal(t, 1, set.log.Len())
}
