// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Want selects the parts of a Snapshot to fill, nested by domain. What is not selected costs no system call; the zero
// value reads nothing inside a domain. It is a comparable value, and travels with each scrape.
type Want struct {
	CPU         CPUWant
	Load        LoadWant
	Paging      PagingWant
	Disk        DiskWant
	NFS         NFSWant
	System      SystemWant
	Pressure    PressureWant
	Network     NetworkWant
	Connections ConnectionsWant
	Filesystem  FilesystemWant
	Processes   ProcessesWant
	Process     ProcessWant
	Quota       QuotaWant
	Runtime     RuntimeWant
	Thermal     ThermalWant
}
