// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var rolesWant = snapshot.Want{Disk: snapshot.DiskWant{Roles: true}}

// addBlock makes a block device below /sys at a path of its devices, with the devices that it is made of.
func addBlock(t testing.TB, root, name, path, hidden string, slaves ...string) {
	t.Helper()
	device := "sys/devices/" + path + "/" + name
	hosttest.Link(t, root, "sys/block/"+name, "../devices/"+path+"/"+name)
	hosttest.Write(t, root, device+"/hidden", hidden+"\n")
	require.NoError(t, os.MkdirAll(root+"/"+device+"/slaves", 0o755))
	for _, slave := range slaves {
		hosttest.Link(t, root, device+"/slaves/"+slave, "../../../../"+slave)
	}
}

const someIO = " 60 0 480 5 0 0 0 0 0 5 5"

func rolesOf(s *snapshot.Snapshot) map[string]snapshot.DiskRole {
	all := map[string]snapshot.DiskRole{}
	for i := range s.Disks.Devices {
		all[s.Disks.Devices[i].Device] = s.Disks.Devices[i].Role
	}
	return all
}

// TestDiskRoles has the kinds of devices that stand on others, by slaves, by the directory of a device and by hidden paths.
func TestDiskRoles(t *testing.T) {
	const whole, partition, stacked, unknown = snapshot.DiskWhole, snapshot.DiskPartition, snapshot.DiskStacked, snapshot.DiskUnknown
	root := t.TempDir()
	addBlock(t, root, "sda", "pci0000:00/ata1/host0/block", "0")
	hosttest.Link(t, root, "sys/class/block/sda1", "../../devices/pci0000:00/ata1/host0/block/sda/sda1")
	hosttest.Write(t, root, "sys/devices/pci0000:00/ata1/host0/block/sda/sda1/partition", "1\n")
	addBlock(t, root, "cciss!c0d0", "pci0000:00/block", "0")
	addBlock(t, root, "zd0", "virtual/block", "0")
	addBlock(t, root, "emcpowera", "virtual/block", "0")
	addBlock(t, root, "md_d0", "virtual/block", "0", "sda")
	addBlock(t, root, "newstack0", "platform/x/block", "0", "sda", "sdb")
	addBlock(t, root, "nvme0n1", "virtual/nvme-subsystem/nvme-subsys0", "0")
	addBlock(t, root, "nvme0c0n1", "pci0000:00/nvme/nvme0", "1")
	addBlock(t, root, "nvme0c1n1", "virtual/nvme-fabrics/ctl/nvme1", "1")
	addBlock(t, root, "nvme2n1", "virtual/nvme-subsystem/nvme-subsys2", "0")
	addBlock(t, root, "nvme3n1", "virtual/nvme-fabrics/ctl/nvme3", "0")
	hosttest.Write(t, root, "sys/block/old/slaves/sda", "") // Very old kernels have no link there.
	hosttest.Write(t, root, "sys/block/older/dev", "8:0\n")
	names := []string{
		"sda", "sda1", "cciss/c0d0", "zd0", "emcpowera", "md_d0", "md_d0p1", "newstack0", "nvme0n1", "nvme0c0n1", "nvme0c1n1", "nvme2n1",
		"nvme3n1", "old", "older",
	}
	disks := make([]string, len(names))
	for i := range names {
		disks[i] = names[i] + someIO
	}
	diskRoot(t, root, disks...)
	p := open(t, root, nil, rolesWant)
	var s snapshot.Snapshot
	want := map[string]snapshot.DiskRole{
		"sda": whole, "sda1": partition, "cciss/c0d0": whole, "zd0": stacked, "emcpowera": stacked, "md_d0": stacked, "md_d0p1": unknown,
		"newstack0": stacked, "nvme0n1": stacked, "nvme0c0n1": whole, "nvme0c1n1": whole, "nvme2n1": whole, "nvme3n1": whole, "old": stacked,
		"older": unknown,
	}
	for range 2 {
		require.Empty(t, p.Read(t, &s, 1))
		assert.Equal(t, want, rolesOf(&s))
	}
	hosttest.NoAllocs(t, func() { p.Read(t, &s, 1) })

	// A head has its own I/O while no path to it is collected.
	noPaths := func(device string) bool { return !strings.HasPrefix(device, "nvme0c") }
	require.Empty(t, open(t, root, noPaths, rolesWant).Read(t, &s, 1))
	assert.Equal(t, whole, rolesOf(&s)["nvme0n1"])

	require.Empty(t, open(t, root, nil, snapshot.Want{}).Read(t, &s, 1))
	assert.Equal(t, unknown, rolesOf(&s)["sda"], "roles are not wanted")
}

// TestDiskRolesAreKept: sysfs is read again when other devices are listed, and only then.
func TestDiskRolesAreKept(t *testing.T) {
	root := t.TempDir()
	diskRoot(t, root, "sda"+someIO, "sdb 0 0 0 0 0 0 0 0 0 0 0")
	p := open(t, root, nil, rolesWant)
	var s snapshot.Snapshot
	role := func(device string) snapshot.DiskRole {
		require.Empty(t, p.Read(t, &s, 1))
		return rolesOf(&s)[device]
	}
	assert.Equal(t, snapshot.DiskUnknown, role("sda"), "there is no /sys, and that is no fault")
	addBlock(t, root, "sda", "pci0/block", "0")
	addBlock(t, root, "sdb", "virtual/block", "0")
	assert.Equal(t, snapshot.DiskUnknown, role("sda"))
	diskRoot(t, root, "sda"+someIO, "sdb 0 0 0 0 0 0 0 0 0 0 0", "sdc"+someIO)
	assert.Equal(t, snapshot.DiskWhole, role("sda"))
	require.NoError(t, os.Remove(root+"/sys/block/sda"))
	diskRoot(t, root, "sda 70 0 480 5 0 0 0 0 0 5 5", "sdb"+someIO, "sdc"+someIO)
	assert.Equal(t, snapshot.DiskWhole, role("sda"), "it is not read again")
	assert.Equal(t, snapshot.DiskStacked, role("sdb"), "it is read when the device has done something")
	addBlock(t, root, "sda", "virtual/block", "0")
	assert.Equal(t, snapshot.DiskWhole, role("sda"))
	diskRoot(t, root, "sdb"+someIO, "sda"+someIO, "sdc"+someIO)
	assert.Equal(t, snapshot.DiskStacked, role("sda"), "another has the name")
}

// TestDiskRolesOfThisHost compares the roles with the files of /sys, read in the plain way.
func TestDiskRolesOfThisHost(t *testing.T) {
	var s snapshot.Snapshot
	require.Empty(t, open(t, "", nil, rolesWant).Read(t, &s, 1))
	for device, role := range rolesOf(&s) {
		entry := "/sys/class/block/" + strings.ReplaceAll(device, "/", "!")
		path, err := filepath.EvalSymlinks(entry)
		require.NoError(t, err)
		if strings.Contains(path, "/nvme-subsystem/") {
			continue // It depends on what its paths have done.
		}
		slaves, _ := os.ReadDir(entry + "/slaves")
		want := snapshot.DiskWhole
		if _, err = os.Stat(entry + "/partition"); err == nil {
			want = snapshot.DiskPartition
		} else if strings.HasPrefix(path, "/sys/devices/virtual/block/") || len(slaves) > 0 {
			want = snapshot.DiskStacked
		}
		assert.Equal(t, want, role, device)
	}
}
