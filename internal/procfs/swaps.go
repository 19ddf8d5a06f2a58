// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// Swaps is /proc/swaps.
//
//	Filename				Type		Size		Used		Priority
//	/dev/zram0                              partition	16777212	0		100
//
// Source: mm/swapfile.c, swap_show. In a file name space, tab, newline and backslash stand as \040 and the like.
type Swaps struct {
	// Areas has one element for each swap area, in the order of the file. Reused by the next Parse.
	Areas []SwapArea

	unescaped []byte
	bad       scan.LineError
}

// SwapArea is one line of /proc/swaps. It is valid until the next Parse, and as long as the text is.
type SwapArea struct {
	Filename   []byte // Its escapes undone, as swapon(8) shows it.
	Size, Used Number // In KiB. Used is unknown where it exceeds Size.
}

// Parse reads the text of /proc/swaps. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *Swaps) Parse(b []byte) error {
	s.Areas, s.unescaped, s.bad = s.Areas[:0], s.unescaped[:0], scan.LineError{}
	header, b := scan.Line(b)
	if title, _ := scan.Field(header); string(title) != "Filename" {
		s.bad.Add(1)
	}
	for number := 2; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		area, ok := parseSwapArea(line)
		if !ok {
			s.bad.Add(number)
			continue
		}
		if !area.Size.Known {
			s.bad.AddField(number, "Size")
		}
		if !area.Used.Known {
			s.bad.AddField(number, "Used")
		}
		area.Filename, s.unescaped = unescape(area.Filename, s.unescaped)
		s.Areas = append(s.Areas, area)
	}
	return s.bad.Err()
}

func parseSwapArea(line []byte) (area SwapArea, ok bool) {
	area.Filename, line = scan.Field(line)
	_, line = scan.Field(line) // Type.
	area.Size, line, _ = column(line, maxKB)
	area.Used, _, ok = column(line, maxKB)
	if area.Size.Known && area.Used.N > area.Size.N {
		area.Used = Number{}
	}
	return area, ok
}
