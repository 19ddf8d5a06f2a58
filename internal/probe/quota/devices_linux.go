// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"path"
	"strconv"
	"strings"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// blockNames resolves the major:minor numbers by which cgroup files identify block devices. A name is looked up in
// sys/dev/block once, and kept as long as every reading of the limits uses it.
type blockNames struct {
	fs         *pseudofs.FS
	maxLength  int // Of a name, in bytes.
	known      map[blockNumber]*blockName
	generation uint64 // The number of sweeps.
}

type blockNumber struct{ major, minor uint32 }

type blockName struct {
	text       string
	generation uint64 // In which it was used last.
}

func newBlockNames(h *source.Host) *blockNames {
	return &blockNames{fs: h.Self, maxLength: h.MaxLength, known: map[blockNumber]*blockName{}}
}

// name returns the name of a device below /dev, or its numbers (8:0) if sysfs has no such device. It is interned.
func (b *blockNames) name(major, minor uint32) string {
	number := blockNumber{major, minor}
	name := b.known[number]
	if name == nil {
		text := strconv.FormatUint(uint64(major), 10) + ":" + strconv.FormatUint(uint64(minor), 10)
		if target, err := b.fs.Readlink("sys/dev/block/" + text); err == nil {
			// sysfs replaces the slashes of a name with exclamation marks.
			text = strings.ReplaceAll(path.Base(target), "!", "/")
		}
		name = &blockName{text: intern.Text([]byte(text), b.maxLength)}
		b.known[number] = name
	}
	name.generation = b.generation
	return name.text
}

// sweep starts the next generation. Names that were not used in this one are evicted: the kernel reuses numbers.
func (b *blockNames) sweep() {
	for number, name := range b.known {
		if name.generation != b.generation {
			delete(b.known, number)
		}
	}
	b.generation++
}
