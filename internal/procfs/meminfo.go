// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Meminfo is what is used of /proc/meminfo: sizes in kB, which are units of 1024 bytes, and huge pages in pages.
//
//	MemTotal:       32858820 kB
//	HugePages_Total:       0
//
// Source: Documentation/filesystems/proc.rst, "meminfo"; fs/proc/meminfo.c, mm/hugetlb.c.
type Meminfo struct {
	MemTotal     Number
	MemFree      Number
	MemAvailable Number // Since Linux 3.14.
	Buffers      Number
	Cached       Number
	Dirty        Number
	Shmem        Number
	SReclaimable Number
	SUnreclaim   Number
	SwapTotal    Number
	SwapFree     Number
	Hugepagesize Number // These five only with CONFIG_HUGETLB_PAGE.

	HugePagesTotal Number
	HugePagesFree  Number
	HugePagesRsvd  Number
	HugePagesSurp  Number

	bad scan.LineError
}

// Parse reads the text of /proc/meminfo. The error is nil or a *scan.LineError, valid until the next Parse.
func (m *Meminfo) Parse(b []byte) error {
	*m = Meminfo{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			m.bad.Add(number)
			continue
		}
		field, unit := m.field(key)
		if field == nil {
			continue
		}
		if !field.set(parseMeminfoValue(value, unit)) {
			m.bad.Add(number)
		}
	}
	return m.bad.Err()
}

// parseMeminfoValue reads "  123 kB", or "  123" where the unit is empty.
func parseMeminfoValue(b []byte, unit string) (uint64, bool) {
	digits, rest := scan.Field(b)
	n, ok := scan.Uint(digits)
	if !ok || n > math.MaxInt64/1024 {
		return 0, false // More would not fit 63 bits in bytes.
	}
	found, rest := scan.Field(rest)
	more, _ := scan.Field(rest)
	return n, string(found) == unit && len(more) == 0
}

const kB = "kB"

// field returns where the value of a key goes and the unit that it is written in, nil for a key that nobody reads.
func (m *Meminfo) field(key []byte) (field *Number, unit string) {
	switch string(key) {
	case "MemTotal":
		return &m.MemTotal, kB
	case "MemFree":
		return &m.MemFree, kB
	case "MemAvailable":
		return &m.MemAvailable, kB
	case "Buffers":
		return &m.Buffers, kB
	case "Cached":
		return &m.Cached, kB
	case "Dirty":
		return &m.Dirty, kB
	case "Shmem":
		return &m.Shmem, kB
	case "SReclaimable":
		return &m.SReclaimable, kB
	case "SUnreclaim":
		return &m.SUnreclaim, kB
	case "SwapTotal":
		return &m.SwapTotal, kB
	case "SwapFree":
		return &m.SwapFree, kB
	case "Hugepagesize":
		return &m.Hugepagesize, kB
	case "HugePages_Total":
		return &m.HugePagesTotal, ""
	case "HugePages_Free":
		return &m.HugePagesFree, ""
	case "HugePages_Rsvd":
		return &m.HugePagesRsvd, ""
	case "HugePages_Surp":
		return &m.HugePagesSurp, ""
	}
	return nil, ""
}
