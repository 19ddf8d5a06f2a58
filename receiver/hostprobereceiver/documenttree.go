// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "go.opentelemetry.io/collector/pdata/pcommon"

// bodyTree builds the tree of a document as values of pdata.
type bodyTree struct {
	open []bodyNode // The objects and lists that are open, from the root on.
}

// bodyNode is an object or a list.
type bodyNode struct {
	object pcommon.Map
	list   pcommon.Slice
	isList bool
	key    string
}

// value adds a value to the innermost open object or list.
func (t *bodyTree) value(key string) pcommon.Value {
	in := &t.open[len(t.open)-1]
	if in.isList {
		return in.list.AppendEmpty()
	}
	return in.object.PutEmpty(key)
}

// Object implements document.Tree.
func (t *bodyTree) Object(key string) {
	t.open = append(t.open, bodyNode{object: t.value(key).SetEmptyMap(), key: key})
}

// List implements document.Tree.
func (t *bodyTree) List(key string) {
	t.open = append(t.open, bodyNode{list: t.value(key).SetEmptySlice(), isList: true, key: key})
}

// End implements document.Tree.
func (t *bodyTree) End() {
	last := t.open[len(t.open)-1]
	t.open = t.open[:len(t.open)-1]
	if in := &t.open[len(t.open)-1]; !last.isList && last.object.Len() == 0 {
		in.object.Remove(last.key)
	}
}

// String implements document.Tree.
func (t *bodyTree) String(key, value string) { t.value(key).SetStr(value) }

// Int implements document.Tree.
func (t *bodyTree) Int(key string, value int64) { t.value(key).SetInt(value) }

// Float implements document.Tree.
func (t *bodyTree) Float(key string, value float64) { t.value(key).SetDouble(value) }

// Bool implements document.Tree.
func (t *bodyTree) Bool(key string, value bool) { t.value(key).SetBool(value) }
