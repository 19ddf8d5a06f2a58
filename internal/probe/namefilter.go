// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

// nameFilter remembers which names a filter keeps: it is asked once for each name, however costly it is.
type nameFilter struct {
	keep    func(name string) bool // nil keeps every name.
	decided map[string]bool
}

func newNameFilter(keep func(string) bool) *nameFilter {
	return &nameFilter{keep: keep, decided: map[string]bool{}}
}

// maxDecisions bounds what is remembered. Names of more devices than any host has can only be of many that came and went.
const maxDecisions = 1 << 16

// keeps reports whether what has this name is asked for.
func (f *nameFilter) keeps(name string) bool {
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
