// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/binary"
	"math"
)

// Unknown is the value of an integer attribute that is unknown or does not apply: the point is written without it. A
// string attribute says so by the empty string.
const Unknown int64 = math.MinInt64

// value is what one attribute has. Which of the two it is depends on the attribute.
type value struct {
	text    string
	integer int64
}

func text(s string) value { return value{s, Unknown} }

func integer(n int64) value { return value{"", n} }

func (v *value) known() bool { return v.text != "" || v.integer != Unknown }

// appendKey appends to key what tells v from all other values of its attribute, and where it ends.
func (v *value) appendKey(key []byte) []byte {
	key = binary.AppendVarint(key, v.integer)
	key = binary.AppendUvarint(key, uint64(len(v.text)))
	return append(key, v.text...)
}
