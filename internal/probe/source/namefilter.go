// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

// NameFilter caches which names a filter keeps: the filter is called once per name, however costly it is.
type NameFilter struct {
	keep    func(name string) bool // nil keeps every name.
	decided map[string]bool
}

// NewNameFilter returns the cache of keep, which keeps every name if it is nil.
func NewNameFilter(keep func(string) bool) *NameFilter {
	return &NameFilter{keep: keep, decided: map[string]bool{}}
}

// maxDecisions bounds the cache. More names than any host has devices can only be those of devices that come and go.
const maxDecisions = 1 << 16

// Keeps reports whether the filter keeps a name.
func (f *NameFilter) Keeps(name string) bool {
	if f.keep == nil {
		return true
	}
	keep, ok := f.decided[name]
	if !ok {
		if len(f.decided) == maxDecisions {
			clear(f.decided)
		}
		keep = f.keep(name)
		f.decided[name] = keep
	}
	return keep
}
