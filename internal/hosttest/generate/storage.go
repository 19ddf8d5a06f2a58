// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/tools/txtar"
)

// storage is a file server: NVMe with two namespaces, SCSI disks, two of them paths to one multipath device, a RAID, logical
// volumes, a controller whose disks have a slash in their names, unused loop and ram devices, and swap on zram.
//
// In between all that work count on. sdb is unplugged, a second NVMe is added, zram0 is reset, a first disc is read, and
// another volume takes the place of dm-1. It serves its files by NFS, and has mounted some of another server.
func storage(moment int) []txtar.File {
	random := rand.New(rand.NewPCG(3, 4))
	var diskstats strings.Builder
	for i := range blockDevices {
		d := &blockDevices[i]
		t0, t1 := d.work(random), d.work(random)
		if d.wakes {
			t0 = [17]uint64{}
		}
		for j := range t1 {
			switch {
			case d.reset:
				t1[j] /= 4 // Less than before, in any case.
			case !d.added && j != inFlight:
				t1[j] += t0[j]
			}
		}
		switch {
		case moment == 0 && !d.added:
			diskstats.WriteString(d.line(t0))
		case moment == 1 && !d.removed:
			diskstats.WriteString(d.line(t1))
		}
	}
	return []txtar.File{
		{Name: "etc/hostname", Data: []byte("storage\n")},
		{Name: "etc/machine-id", Data: []byte("5707a6e05707a6e05707a6e05707a6e0\n")},
		{Name: "etc/os-release", Data: []byte("PRETTY_NAME=\"Storage Linux 1\"\nVERSION_ID=1\n")},
		{Name: "proc/stat", Data: fmt.Appendf(nil, "cpu  %[1]d 0 0 0 0 0 0 0 0 0\ncpu0 %[1]d 0 0 0 0 0 0 0 0 0\nbtime 1767225600\n", 1000+moment)},
		{Name: "proc/uptime", Data: fmt.Appendf(nil, "%d.00 %d.00\n", 100000+60*moment, 90000+60*moment)},
		{Name: "proc/diskstats", Data: []byte(diskstats.String())},
		{Name: "proc/net -> 1/net"},
		{Name: "proc/1/net/rpc/nfs", Data: []byte(nfsClient(moment))},
		{Name: "proc/1/net/rpc/nfsd", Data: []byte(nfsServer(moment))},
	}
}

// blockDevice is one line of /proc/diskstats.
type blockDevice struct {
	major, minor int
	name         string
	busy         int // Operations in a moment, about; 0 is never used.

	added, removed, reset, wakes bool // In between.
}

// blockDevices are in the kernel's order, that in which they were made.
var blockDevices = []blockDevice{
	{major: 1, minor: 0, name: "ram0"},
	{major: 1, minor: 1, name: "ram1"},
	{major: 7, minor: 0, name: "loop0", busy: 40},
	{major: 7, minor: 1, name: "loop1"},
	{major: 7, minor: 2, name: "loop2"},
	{major: 259, minor: 0, name: "nvme0n1", busy: 90000},
	{major: 259, minor: 2, name: "nvme0n1p1", busy: 200},
	{major: 259, minor: 3, name: "nvme0n1p2", busy: 89000},
	{major: 259, minor: 1, name: "nvme0n2", busy: 5000},
	{major: 8, minor: 0, name: "sda", busy: 7000},
	{major: 8, minor: 1, name: "sda1", busy: 6900},
	{major: 8, minor: 16, name: "sdb", busy: 300, removed: true},
	{major: 8, minor: 17, name: "sdb1", busy: 290, removed: true},
	{major: 8, minor: 32, name: "sdc", busy: 2000},
	{major: 65, minor: 160, name: "sdaa", busy: 2100},
	{major: 104, minor: 0, name: "cciss/c0d0", busy: 800},
	{major: 104, minor: 1, name: "cciss/c0d0p1", busy: 790},
	{major: 9, minor: 127, name: "md127", busy: 6800},
	{major: 253, minor: 0, name: "dm-0", busy: 4100},
	{major: 253, minor: 1, name: "dm-1", busy: 60, removed: true},
	{major: 253, minor: 7, name: "dm-1", busy: 70000, added: true},
	{major: 253, minor: 2, name: "dm-2", busy: 50000},
	{major: 11, minor: 0, name: "sr0", busy: 20, wakes: true},
	{major: 254, minor: 0, name: "zram0", busy: 30000, reset: true},
	{major: 259, minor: 4, name: "nvme1n1", busy: 1000, added: true},
}

// inFlight is the number's place among those of a line.
const inFlight = 8

// work is what a device does from one moment to the next, as the 17 numbers of its line.
func (d *blockDevice) work(random *rand.Rand) (numbers [17]uint64) {
	if d.busy == 0 {
		return numbers
	}
	n := func(of int) uint64 { return uint64(of/2 + random.IntN(of/2+1)) }
	reads, writes, discards, flushes := d.busy/3, d.busy, d.busy/50, d.busy/100
	return [17]uint64{
		n(reads), n(reads / 8), n(reads * 64), n(reads * 3),
		n(writes), n(writes / 4), n(writes * 24), n(writes * 7),
		uint64(random.IntN(5)), n(d.busy * 4), n(d.busy * 9),
		n(discards), 0, n(discards * 2048), n(discards), n(flushes), n(flushes * 2),
	}
}

func (d *blockDevice) line(numbers [17]uint64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%4d %7d %s", d.major, d.minor, d.name)
	for _, n := range numbers {
		fmt.Fprintf(&b, " %d", n)
	}
	return b.String() + "\n"
}
