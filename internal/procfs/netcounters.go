// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// counterTable finds where the value of a column goes, nil for a column that nobody reads.
type counterTable interface {
	column(protocol, name []byte) *Number
}

// maxWanted is how many columns of one pair of lines are read.
const maxWanted = 8

// parseCounterPairs reads /proc/net/snmp and /proc/net/netstat: for each protocol a line with the names of its columns, and
// one with as many values. Kernels differ in which columns there are, so a column is found by its name. A pair that does
// not fit together is left out as a whole, for its values would be another column's.
func parseCounterPairs(b []byte, t counterTable, bad *scan.LineError) {
	var names []byte // The line before, if it waits for its values.
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		switch {
		case names == nil:
			names = line
		case parseCounterPair(names, line, t):
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

func parseCounterPair(names, values []byte, t counterTable) bool {
	title, names := scan.Field(names)
	again, values := scan.Field(values)
	protocol, ok := bytes.CutSuffix(title, []byte{':'})
	if !ok || !bytes.Equal(title, again) {
		return false
	}
	var wanted [maxWanted]*Number
	var numbers [maxWanted]uint64
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
		n, ok := counterValue(value)
		if !ok {
			return false
		}
		field := t.column(protocol, name)
		if field == nil {
			continue
		}
		if field.Known || value[0] == '-' || n > math.MaxInt64 || count == maxWanted {
			return false
		}
		for _, before := range wanted[:count] {
			if before == field {
				return false // A name that stands there twice says nothing.
			}
		}
		wanted[count], numbers[count] = field, n
		count++
	}
	for i, field := range wanted[:count] {
		*field = Number{numbers[i], true}
	}
	return true
}

// counterValue reads a value, of which the kernel writes some with a sign (MaxConn is -1 where there is no limit), and others
// without one that have fallen below zero: CurrEstab and MPCurrEstab are counted up and down.
func counterValue(b []byte) (uint64, bool) {
	digits, _ := bytes.CutPrefix(b, []byte{'-'})
	return scan.Uint(digits)
}
