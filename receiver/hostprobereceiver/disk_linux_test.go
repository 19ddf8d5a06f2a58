// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// TestHostIO: each host has read 100 times from its disks, and lists that again under a device that passes its I/O on. The sums
// of a document have it once, and the metrics and the list of devices as the kernel has it.
func TestHostIO(t *testing.T) {
	const pci = "pci0000:00/0000:00:"
	for name, tt := range map[string]struct {
		devices   map[string]string // By name, where it is in sysfs.
		hidden    string
		slave     string
		diskstats string
		read      int // Operations of all devices.
	}{
		"NVMe multipath": {
			devices: map[string]string{"nvme0n1": "virtual/nvme-subsystem/nvme-subsys0", "nvme0c0n1": pci + "02.0/nvme/nvme0", "nvme0c1n1": pci + "03.0/nvme/nvme1"},
			hidden:  "nvme0c",
			diskstats: "   0       0 nvme0c0n1 60 0 480 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n   0       0 nvme0c1n1 40 0 320 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n" +
				" 259       0 nvme0n1 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n 259       1 nvme0n1p1 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n",
			read: 300,
		},
		"ZFS volumes": {
			devices: map[string]string{"sda": pci + "01.0/ata1/host0/block", "zd0": "virtual/block", "zd16": "virtual/block"},
			diskstats: "   8       0 sda 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n   8       1 sda1 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n" +
				" 230       0 zd0 70 0 560 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n 230       1 zd0p1 70 0 560 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n" +
				" 230      16 zd16 30 0 240 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n",
			read: 370,
		},
		"partitionable md": {
			devices: map[string]string{"sda": pci + "01.0/ata1/host0/block", "md_d0": "virtual/block"}, slave: "md_d0",
			diskstats: "   8       0 sda 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n 254       0 md_d0 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n" +
				" 254       1 md_d0p1 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n",
			read: 300,
		},
		"PowerPath": {
			devices: map[string]string{"sda": pci + "01.0/host0/block", "sdb": pci + "02.0/host1/block", "emcpowera": "virtual/block"},
			diskstats: "   8       0 sda 60 0 480 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n   8      16 sdb 40 0 320 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n" +
				" 120       0 emcpowera 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n 120       1 emcpowera1 100 0 800 5 0 0 0 0 0 5 5 0 0 0 0 0 0\n",
			read: 300,
		},
		"an unknown driver": {
			devices: map[string]string{"xsd0": pci + "01.0/block", "stack0": "platform/stack/block"}, slave: "stack0",
			diskstats: "   8       0 xsd0 100 0 800 5 0 0 0 0 0 5 5\n 254       0 stack0 100 0 800 5 0 0 0 0 0 5 5\n",
			read:      200,
		},
		"without sysfs": {
			diskstats: "   8       0 sda 60 0 480 5 0 0 0 0 0 5 5\n   8       1 sda1 60 0 480 5 0 0 0 0 0 5 5\n 230       0 zd0 60 0 480 5 0 0 0 0 0 5 5\n" +
				"   0       0 nvme0c0n1 40 0 320 5 0 0 0 0 0 5 5\n 259       0 nvme0n1 40 0 320 5 0 0 0 0 0 5 5\n",
			read: 260,
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			hosttest.Write(t, root, "proc/stat", "cpu  1 0 1 1 0 0 0 0 0 0\ncpu0 1 0 1 1 0 0 0 0 0 0\nbtime 1790000000\n")
			hosttest.Write(t, root, "proc/diskstats", tt.diskstats)
			for device, path := range tt.devices {
				dir := "sys/devices/" + path + "/" + device
				hosttest.Link(t, root, "sys/block/"+device, "../devices/"+path+"/"+device)
				require.NoError(t, os.MkdirAll(root+"/"+dir+"/slaves", 0o755))
				hidden := "0\n"
				if tt.hidden != "" && len(device) > len(tt.hidden) && device[:len(tt.hidden)] == tt.hidden {
					hidden = "1\n"
				}
				hosttest.Write(t, root, dir+"/hidden", hidden)
				if device == tt.slave {
					hosttest.Link(t, root, dir+"/slaves/sda", "../../../../block/sda")
				}
			}
			batch, logs := startBoth(t, receivertest.NewNopSettings(metadata.Type), "template: custom\nscrapers: {disk: {}}\nroot_path: "+root+
				"\nmetrics: {system.disk.operations: {attributes: [direction]}}").first(t)
			tree := hosttest.Document(t, hosttest.Schema(t), documentOf(t, logs).Body().Str())
			assert.Equal(t, 100.0, number(t, tree, "io.read_ops"))
			assert.Equal(t, 409600.0, number(t, tree, "io.read_bytes"))
			assert.Equal(t, 0.0, number(t, tree, "io.write_ops"))
			assert.InDelta(t, tt.read, pointsOf(t, batch)["system.disk.operations[direction:read]"].value(), 0)
		})
	}
}
