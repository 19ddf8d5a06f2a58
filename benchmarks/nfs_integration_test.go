// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package benchmarks

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// insideKey is set in the environment of the process that has another host's /proc.
const insideKey = "HOSTPROBE_INSIDE_FILE_SERVER"

var nfsConfigs = map[string]string{
	"nfs":                "scrapers: {nfs: }",
	"nfs, server":        "scrapers: {nfs: {metrics: {nfs.client.net.count: {enabled: false}, nfs.client.operation.count: {enabled: false}}}}",
	"nfs, by version":    "scrapers: {nfs: {metrics: {nfs.server.procedure.count: {attributes: [onc_rpc.version]}, nfs.client.operation.count: {attributes: [onc_rpc.version], aggregation_strategy: max}}}}",
	"nfs, by procedure":  "scrapers: {nfs: {metrics: {nfs.server.procedure.count: {attributes: [onc_rpc.procedure.name]}, nfs.server.rpc.count: {attributes: []}}}}",
	"nfs, no attributes": "scrapers: {nfs: {metrics: {nfs.server.operation.count: {attributes: [], aggregation_strategy: avg}, nfs.server.io: {attributes: [], aggregation_strategy: min}}}}",
}

// misnamed are the operations of NFSv4's client that contrib gives another's name, and the name that include/linux/nfs4.h
// has for the number they stand at.
var misnamed = map[string]string{
	"GETDEVICEINFO": "LAYOUTGET",
	"LAYOUTGET":     "GETDEVICEINFO",
	"COPY_NOTIFY":   "LOOKUPP",
	"LOOKUPP":       "LAYOUTERROR",
	"LAYOUTERROR":   "COPY_NOTIFY",
}

// TestNFSSameAsContrib compares both receivers on a file server. contrib reads /proc/net/rpc, whatever root_path says, so
// the test runs again in a mount namespace in which /proc is the file server's.
func TestNFSSameAsContrib(t *testing.T) {
	if os.Getenv(insideKey) == "" {
		for _, moment := range []string{"t0", "t1"} {
			root := hosttest.Unpack(t, "generated-storage", moment)
			inside := exec.Command("unshare", "-m", "sh", "-c", `mount --bind "$1" /proc && exec "$2" -test.run '^TestNFSSameAsContrib$' -test.v`, "sh", root+"/proc", os.Args[0])
			inside.Env = append(os.Environ(), insideKey+"=1")
			out, err := inside.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, len(nfsConfigs)+1, strings.Count(string(out), "--- PASS: TestNFSSameAsContrib"), "%s", out)
		}
		return
	}
	for name, config := range nfsConfigs {
		t.Run(name, func(t *testing.T) {
			theirs, ours := secondBatch(t, sidebyside.Contrib, config), secondBatch(t, sidebyside.HostProbe, config)
			compare(t, kernelNamed(theirs), ours, "file server")
			if name == "nfs" {
				require.Len(t, ours, 2+1+69+22+3+1+2+2+1+73+22+2+3+3+1, "everything is there")
			}
		})
	}
}

// kernelNamed gives contrib's series of the client's operations the names that the kernel has for them.
func kernelNamed(theirs map[string]series) map[string]series {
	const before, after = "nfs.client.operation.countmap[nfs.operation.name:", " onc_rpc.version:4]"
	named := make(map[string]series, len(theirs))
	for id, s := range theirs {
		if name, ok := strings.CutPrefix(id, before); ok {
			if right := misnamed[strings.TrimSuffix(name, after)]; right != "" {
				id = before + right + after
			}
		}
		named[id] = s
	}
	return named
}
