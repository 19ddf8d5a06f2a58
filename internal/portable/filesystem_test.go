// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"context"
	"math"
	"testing"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestUsage has what gopsutil makes of numbers of statfs(2) below zero, and of impossible ones.
func TestUsage(t *testing.T) {
	of := func(blocks, free, available uint64) *disk.UsageStat {
		return &disk.UsageStat{Total: blocks * 4096, Used: (blocks - free) * 4096, Free: available * 4096}
	}
	const below = math.MaxUint64 // minus 1
	for name, tt := range map[string]struct {
		usage                *disk.UsageStat
		used, free, reserved uint64
		ok                   bool
	}{
		"plain":                   {of(10, 4, 3), 6, 3, 1, true},
		"over quota":              {of(1e6, below-4, below-4), 1e6, 0, 0, true},
		"into the reserve":        {of(1e6, 50000, below-1999), 950000, 0, 50000, true},
		"nothing":                 {of(0, 0, 0), 0, 0, 0, true},
		"more free than there is": {of(10, 20, 3), 0, 0, 0, false},
		"more available":          {of(10, 4, 20), 0, 0, 0, false},
		"a size below zero":       {of(below, 4, 3), 0, 0, 0, false},
	} {
		got, ok := usageOf(tt.usage)
		assert.Equal(t, tt.ok, ok, name)
		assert.Equal(t, snapshot.MountUsage{Known: tt.ok, Used: tt.used * 4096, Free: tt.free * 4096, Reserved: tt.reserved * 4096}, got, name)
	}
	for name, tt := range map[string]struct {
		total, free uint64
		want        snapshot.MountInodes
		ok          bool
	}{
		"plain":              {9, 5, snapshot.MountInodes{Known: true, Used: 4, Free: 5}, true},
		"none, as btrfs":     {0, 0, snapshot.MountInodes{}, true},
		"below zero free":    {9, below, snapshot.MountInodes{Known: true, Used: 9}, true},
		"2^63":               {1 << 63, 5, snapshot.MountInodes{}, false},
		"more free than any": {5, 7, snapshot.MountInodes{}, false},
	} {
		got, ok := inodesOf(&disk.UsageStat{InodesTotal: tt.total, InodesFree: tt.free})
		assert.Equal(t, tt.ok, ok, name)
		assert.Equal(t, tt.want, got, name)
	}
}

// TestHungIsForgotten: that a mount has hung is known as long as it is listed.
func TestHungIsForgotten(t *testing.T) {
	r := New("")
	mounts, err := r.Mounts(true)
	require.NoError(t, err)
	require.NotEmpty(t, mounts)
	listed, gone := mounts[0], snapshot.Mount{MountPoint: "/no/such/mount"}
	for _, m := range []*snapshot.Mount{&listed, &gone} {
		now, ever := r.Hung(m, context.DeadlineExceeded)
		assert.True(t, now && ever)
		now, ever = r.Hung(m, nil)
		assert.True(t, !now && ever)
	}
	_, err = r.Mounts(true)
	require.NoError(t, err)
	_, ever := r.Hung(&listed, nil)
	assert.True(t, ever)
	_, ever = r.Hung(&gone, nil)
	assert.False(t, ever)
}
