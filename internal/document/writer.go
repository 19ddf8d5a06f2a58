// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// writer appends JSON to buf, or tells tree the same if there is one. The two are one type, and not two behind an interface,
// so that JSON costs no indirect call for each value.
type writer struct {
	buf  []byte
	tree Tree
}

// keep makes b, which is what buf has become, buf. It stores no pointer unless there is another array: while the garbage
// collector marks, each store of a pointer runs a write barrier.
func (w *writer) keep(b []byte) {
	if cap(b) == cap(w.buf) {
		w.buf = w.buf[:len(b)]
		return
	}
	w.buf = b
}

// A key stands in the code as it does in JSON. What is in a list has none. A value has a comma behind it, which becomes the
// end of what it is the last in: so nothing depends on what stands before.
const element = ""

// nameOf is the name in a key.
func nameOf(key string) string {
	if key == element {
		return ""
	}
	return key[len(`"`) : len(key)-len(`":`)]
}

// object begins an object. end takes what it returns.
func (w *writer) object(key string) (at int) {
	if w.tree != nil {
		w.tree.Object(nameOf(key))
		return 0
	}
	at = len(w.buf)
	w.keep(append(append(w.buf, key...), '{'))
	return at
}

// end ends an object, and takes it away if nothing is in it.
func (w *writer) end(at int) {
	if w.tree != nil {
		w.tree.End()
		return
	}
	last := len(w.buf) - 1
	if w.buf[last] == '{' {
		w.buf = w.buf[:at]
		return
	}
	w.buf[last] = '}'
	w.keep(append(w.buf, ','))
}

func (w *writer) list(key string) {
	if w.tree != nil {
		w.tree.List(nameOf(key))
		return
	}
	w.keep(append(append(w.buf, key...), '['))
}

func (w *writer) endList() {
	if w.tree != nil {
		w.tree.End()
		return
	}
	b := w.buf
	if last := len(b) - 1; b[last] == ',' {
		b = b[:last]
	}
	w.keep(append(b, "],"...))
}

// string writes a text, of which what is not valid UTF-8 becomes U+FFFD.
func (w *writer) string(key, value string) {
	if w.tree != nil {
		if !utf8.ValidString(value) {
			value = string([]rune(value))
		}
		w.tree.String(nameOf(key), value)
		return
	}
	w.keep(append(appendString(append(w.buf, key...), value), ','))
}

// fact is a key with a text behind it of which nothing has to be escaped, and the comma: to write it is to append it.
type fact string

func factOf(key, value string) fact { return fact(`"` + key + `":"` + value + `",`) }

func (w *writer) fact(f fact) {
	if w.tree != nil {
		key, value, _ := strings.Cut(string(f), `":"`)
		w.tree.String(key[len(`"`):], value[:len(value)-len(`",`)])
		return
	}
	w.keep(append(w.buf, f...))
}

// name writes a text that is unknown if it is empty.
func (w *writer) name(key, value string) {
	if value != "" {
		w.string(key, value)
	}
}

func (w *writer) bool(key string, value bool) {
	if w.tree != nil {
		w.tree.Bool(nameOf(key), value)
		return
	}
	w.keep(append(strconv.AppendBool(append(w.buf, key...), value), ','))
}

func (w *writer) int(key string, value int64) {
	if w.tree != nil {
		w.tree.Int(nameOf(key), value)
		return
	}
	w.keep(append(appendInt(append(w.buf, key...), value), ','))
}

func (w *writer) uint(key string, value uint64) { w.int(key, signed(value)) }

func (w *writer) quantity(key string, q snapshot.Quantity) {
	if q.Known {
		w.int(key, signed(q.N))
	}
}

// micros writes a time in nanoseconds as microseconds.
func (w *writer) micros(key string, q snapshot.Quantity) {
	if q.Known {
		w.int(key, signed(q.N/1000))
	}
}
