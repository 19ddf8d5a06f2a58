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

// blockNames names block devices by their numbers, which are what control groups know them by.
type blockNames struct {
	fs        *pseudofs.FS
	maxLength int
	known     map[blockNumber]*blockName
	reading   uint64
}

type blockNumber struct{ major, minor uint32 }

type blockName struct {
	text    string
	reading uint64 // The last one that asked for it.
}

func newBlockNames(h *source.Host) *blockNames {
	return &blockNames{fs: h.Self, maxLength: h.MaxLength, known: map[blockNumber]*blockName{}}
}

// name is that of a device below /dev, or its numbers where sysfs does not tell.
func (b *blockNames) name(major, minor uint32) string {
	number := blockNumber{major, minor}
	name := b.known[number]
	if name == nil {
		text := strconv.FormatUint(uint64(major), 10) + ":" + strconv.FormatUint(uint64(minor), 10)
		if target, err := b.fs.Readlink("sys/dev/block/" + text); err == nil {
			// sysfs writes ! for the slashes of a name.
			text = strings.ReplaceAll(path.Base(target), "!", "/")
		}
		name = &blockName{text: intern.Text([]byte(text), b.maxLength)}
		b.known[number] = name
	}
	name.reading = b.reading
	return name.text
}

// sweep ends a reading. Names that nobody asked for are forgotten: another device may come under the number.
func (b *blockNames) sweep() {
	for number, name := range b.known {
		if name.reading != b.reading {
			delete(b.known, number)
		}
	}
	b.reading++
}
