// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestBlockDevice(t *testing.T) {
	for target, want := range map[string]struct {
		path          string
		virtual, head bool
	}{
		"../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda": {"devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda", false, false},
		"../devices/virtual/block/dm-0":                                               {"devices/virtual/block/dm-0", true, false},
		"../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1":                      {"devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", false, true},
		"../devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1":                         {"devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1", false, false},
		"../devices/rbd/0/block/rbd0":                                                 {"devices/rbd/0/block/rbd0", false, false},
	} {
		path, ok := BlockDevice([]byte(target))
		assert.True(t, ok, target)
		assert.Equal(t, want.path, string(path))
		assert.Equal(t, want.virtual, IsVirtualBlock(path), target)
		assert.Equal(t, want.head, IsNVMeHead(path), target)
	}
	for _, target := range []string{"", "sda", "../../devices/x", "../block/sda", "devices/virtual/block/dm-0", "/sys/devices/virtual/block/dm-0"} {
		_, ok := BlockDevice([]byte(target))
		assert.False(t, ok, target)
	}
}

func TestNVMeHead(t *testing.T) {
	for name, want := range map[string]string{"nvme0c0n1": "nvme0n1", "nvme12c345n6": "nvme12n6", "nvme0c1n10": "nvme0n10"} {
		head, ok := AppendNVMeHead([]byte("block/"), []byte(name))
		assert.True(t, ok, name)
		assert.Equal(t, "block/"+want, string(head))
	}
	for _, name := range []string{"", "nvme", "nvme0n1", "nvme0n1p1", "nvme0c0", "nvmecn", "nvme0cn1", "nvme0c0n", "nvme0c0n1p1", "nvme00c0n1", "xnvme0c0n1", "sdc1n1"} {
		head, ok := AppendNVMeHead([]byte("block/"), []byte(name))
		assert.False(t, ok, name)
		assert.Equal(t, "block/", string(head), name)
	}
	dst, name := make([]byte, 0, 32), []byte("nvme0c0n1")
	hosttest.NoAllocs(t, func() { AppendNVMeHead(dst, name) })
}
