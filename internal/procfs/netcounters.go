// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// counterTable finds where the value of a column goes, and the column's name; nil for a column that is not used.
type counterTable interface {
	column(protocol, name []byte) (field *Number, as string)
}

// maxWanted is how many columns of one pair of lines are read.
const maxWanted = 8

// parseCounterPairs reads /proc/net/snmp and /proc/net/netstat: for each protocol a line with the names of its columns, and
// one with as many values. Kernels differ in which columns there are, so a column is found by its name. A pair that does
// not fit together is dropped as a whole, for its values would be another column's. In one that does, an implausible value is
// dropped alone. Columns that are not used may hold anything: MaxConn is -1 without a limit, and CurrEstab, which goes up and
// down, may have fallen below zero.
func parseCounterPairs(b []byte, t counterTable, bad *scan.LineError) {
	var names []byte // The line before, if it waits for its values.
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		switch {
		case names == nil:
			names = line
		case parseCounterPair(number, names, line, t, bad):
			names = nil
		case samePrefix(names, line):
			bad.Add(number)
			names = nil
		default: // It is another protocol's first line.
			bad.Add(number - 1)
			names = line
		}
		if len(b) == 0 && names != nil {
			bad.Add(number)
		}
	}
}

func samePrefix(a, b []byte) bool {
	protocol, _ := scan.Field(a)
	other, _ := scan.Field(b)
	return bytes.Equal(protocol, other)
}

func parseCounterPair(line int, names, values []byte, t counterTable, bad *scan.LineError) bool {
	title, names := scan.Field(names)
	again, values := scan.Field(values)
	protocol, ok := bytes.CutSuffix(title, []byte{':'})
	if !ok || !bytes.Equal(title, again) {
		return false
	}
	var wanted [maxWanted]struct {
		field *Number
		as    string
		read  Number
	}
	count := 0
	for {
		var name, value []byte
		name, names = scan.Field(names)
		value, values = scan.Field(values)
		if len(name) == 0 || len(value) == 0 {
			if len(name) != len(value) {
				return false
			}
			break
		}
		field, as := t.column(protocol, name)
		if field == nil {
			continue
		}
		if field.Known || count == maxWanted {
			return false
		}
		for i := range wanted[:count] {
			if wanted[i].field == field {
				return false // A name that appears twice is ambiguous.
			}
		}
		w := &wanted[count]
		w.field, w.as = field, as
		if n, ok := scan.Uint(value); ok && n <= maxCount {
			w.read = Number{n, true}
		}
		count++
	}
	for i := range wanted[:count] {
		w := &wanted[i]
		*w.field = w.read
		if !w.read.Known {
			bad.AddField(line, w.as)
		}
	}
	return true
}
