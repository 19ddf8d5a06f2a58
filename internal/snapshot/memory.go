// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Memory is the host's memory, in bytes, and its huge pages, in pages.
type Memory struct {
	Total     Quantity
	Available Quantity // What new programs can take without swapping.
	Used      Quantity
	Free      Quantity
	Buffered  Quantity
	Cached    Quantity // With the reclaimable slab, as free(1) counts it.
	Inactive  Quantity // Not on Linux.

	SlabReclaimable   Quantity
	SlabUnreclaimable Quantity
	Shared            Quantity
	Dirty             Quantity

	SwapTotal, SwapUsed Quantity

	PageSize  Quantity
	HugePages HugePages
}

// HugePages is the pool of huge pages of the default size.
type HugePages struct {
	PageSize Quantity // In bytes.
	Total    Quantity
	Free     Quantity
	Reserved Quantity // Part of Free.
	Surplus  Quantity
}
