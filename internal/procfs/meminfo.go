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
// Source: Documentation/filesystems/proc.rst, "meminfo"; fs/proc/meminfo.c, mm/hugetlb.c. The kernel sums up counters that
// change meanwhile, and others than the kernel serve the file too, as lxcfs does: a part larger than its whole is unknown.
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
		field, name, unit := m.field(key)
		if field == nil {
			continue
		}
		n, ok := parseMeminfoValue(value, unit)
		field.read(&m.bad, number, name, n, ok, maxKB)
	}
	m.check()
	return m.bad.Err()
}

// maxKB fits 63 bits in bytes.
const maxKB = math.MaxInt64 / 1024

// parseMeminfoValue reads "  123 kB", or "  123" where the unit is empty.
func parseMeminfoValue(b []byte, unit string) (uint64, bool) {
	digits, rest := scan.Field(b)
	n, ok := scan.Uint(digits)
	found, rest := scan.Field(rest)
	more, _ := scan.Field(rest)
	return n, ok && string(found) == unit && len(more) == 0
}

// check takes for unknown what is more of a part than of the whole.
func (m *Meminfo) check() {
	for _, nothing := range [...]struct {
		n    *Number
		name string
	}{{&m.MemTotal, "MemTotal"}, {&m.Hugepagesize, "Hugepagesize"}} {
		if nothing.n.Known && nothing.n.N == 0 {
			m.doubt(nothing.n, nothing.name)
		}
	}
	for _, of := range [...]struct {
		whole, part *Number
		name        string
	}{
		{&m.MemTotal, &m.MemFree, "MemFree"},
		{&m.MemTotal, &m.MemAvailable, "MemAvailable"},
		{&m.MemTotal, &m.Buffers, "Buffers"},
		{&m.MemTotal, &m.Cached, "Cached"},
		{&m.MemTotal, &m.Dirty, "Dirty"},
		{&m.MemTotal, &m.Shmem, "Shmem"},
		{&m.MemTotal, &m.SReclaimable, "SReclaimable"},
		{&m.MemTotal, &m.SUnreclaim, "SUnreclaim"},
		{&m.SwapTotal, &m.SwapFree, "SwapFree"},
		{&m.HugePagesTotal, &m.HugePagesFree, "HugePages_Free"},
		{&m.HugePagesTotal, &m.HugePagesRsvd, "HugePages_Rsvd"},
		{&m.HugePagesTotal, &m.HugePagesSurp, "HugePages_Surp"},
	} {
		if of.whole.Known && of.part.Known && of.part.N > of.whole.N {
			m.doubt(of.part, of.name)
		}
	}
}

func (m *Meminfo) doubt(n *Number, name string) {
	*n = Number{}
	m.bad.AddField(0, name)
}

const kB = "kB"

// field returns where the value of a key goes, the key, and the unit that it is written in, nil for a key that is not used.
func (m *Meminfo) field(key []byte) (field *Number, name, unit string) {
	switch string(key) {
	case "MemTotal":
		return &m.MemTotal, "MemTotal", kB
	case "MemFree":
		return &m.MemFree, "MemFree", kB
	case "MemAvailable":
		return &m.MemAvailable, "MemAvailable", kB
	case "Buffers":
		return &m.Buffers, "Buffers", kB
	case "Cached":
		return &m.Cached, "Cached", kB
	case "Dirty":
		return &m.Dirty, "Dirty", kB
	case "Shmem":
		return &m.Shmem, "Shmem", kB
	case "SReclaimable":
		return &m.SReclaimable, "SReclaimable", kB
	case "SUnreclaim":
		return &m.SUnreclaim, "SUnreclaim", kB
	case "SwapTotal":
		return &m.SwapTotal, "SwapTotal", kB
	case "SwapFree":
		return &m.SwapFree, "SwapFree", kB
	case "Hugepagesize":
		return &m.Hugepagesize, "Hugepagesize", kB
	case "HugePages_Total":
		return &m.HugePagesTotal, "HugePages_Total", ""
	case "HugePages_Free":
		return &m.HugePagesFree, "HugePages_Free", ""
	case "HugePages_Rsvd":
		return &m.HugePagesRsvd, "HugePages_Rsvd", ""
	case "HugePages_Surp":
		return &m.HugePagesSurp, "HugePages_Surp", ""
	}
	return nil, "", ""
}
