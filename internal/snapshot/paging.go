// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Paging is what moves between memory, swap areas and block devices, counted since boot.
type Paging struct {
	FaultsMajor Quantity // Page faults that needed I/O.
	FaultsMinor Quantity // The others.
	// SwapIn and SwapOut are pages moved from and to swap areas, DiskIn and DiskOut those moved from and to block devices.
	SwapIn, SwapOut Quantity
	DiskIn, DiskOut Quantity
	// Areas are the swap areas.
	Areas []SwapArea
}

// SwapArea is one swap device or file.
type SwapArea struct {
	Device     string   // Interned.
	Size, Used Quantity // In bytes.
}

// PagingWant selects fields of Paging.
type PagingWant struct {
	Counts bool // Everything but Areas.
	Areas  bool
}
