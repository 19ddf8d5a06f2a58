// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestDiskTwins reads the same disks with both backends.
func TestDiskTwins(t *testing.T) {
	for _, moment := range []string{"t0", "t1"} {
		root := hosttest.Unpack(t, "generated-storage", moment)
		var s [2]snapshot.Snapshot
		for i, backend := range []Backend{BackendNative, BackendPortable} {
			require.Empty(t, readDomain(open(t, Options{Root: root, Backend: backend}, snapshot.Want{}), &s[i], 1, snapshot.DomainDisk))
			untold(&s[i])
		}
		assert.Greater(t, len(s[0].Disks.Devices), 15)
		assert.Equal(t, s[0].Disks, s[1].Disks)
	}
}

// TestPortableDisks: gopsutil's disks pass the filter too, and have no roles.
func TestPortableDisks(t *testing.T) {
	root := t.TempDir()
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "   8 %7d disk%d %d 2 3 4 5 6 7 8 0 10 11 0 0 0 0 0 0\n", i, i, 1+i)
	}
	hosttest.Write(t, root, "proc/diskstats", text.String())
	asked := map[string]bool{}
	p := open(t, Options{Root: root, Backend: BackendPortable, DiskFilter: func(device string) bool {
		asked[device] = true
		return strings.HasSuffix(device, "7")
	}}, snapshot.Want{Disk: snapshot.DiskWant{Roles: true}})
	var s snapshot.Snapshot
	for i := range 3 {
		require.Empty(t, readDomain(p, &s, int64(i), snapshot.DomainDisk))
		assert.Len(t, s.Disks.Devices, 10)
	}
	assert.Len(t, asked, 100)
	assert.Equal(t, snapshot.DiskUnknown, s.Disks.Devices[0].Role)
}
