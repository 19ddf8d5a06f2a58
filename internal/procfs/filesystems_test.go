// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const filesystemsText = "nodev\tsysfs\nnodev\ttmpfs\n\text3\n\text4\nnodev\toverlay\n\txfs\n"

func TestFilesystems(t *testing.T) {
	var f Filesystems
	malformed(t, &f, filesystemsText, 0, 0)
	assert.Equal(t, [][]byte{[]byte("ext3"), []byte("ext4"), []byte("xfs")}, f.Block)
	assert.True(t, f.NeedsDevice([]byte("ext4")))
	assert.False(t, f.NeedsDevice([]byte("tmpfs")))
	assert.False(t, f.NeedsDevice([]byte("ext")))
}

func TestFilesystemsMalformed(t *testing.T) {
	for name, line := range map[string]string{
		"empty": "", "no tab": "ext4", "no name": "nodev\t", "no name of a device": "\t", "another word": "dev\text4",
	} {
		t.Run(name, func(t *testing.T) {
			var f Filesystems
			malformed(t, &f, "\text3\n"+line+"\n\txfs\n", 2, 1)
			assert.Len(t, f.Block, 2)
		})
	}
}

// FuzzFilesystems looks up each name of the text, which the standard library has split.
func FuzzFilesystems(f *testing.F) {
	f.Add(filesystemsText)
	f.Fuzz(func(t *testing.T, text string) {
		var parsed Filesystems
		_ = parsed.Parse([]byte(text))
		count := 0
		for _, line := range strings.Split(text, "\n") {
			if name, ok := strings.CutPrefix(line, "\t"); ok && name != "" {
				count++
				assert.True(t, parsed.NeedsDevice([]byte(name)))
			}
		}
		assert.Len(t, parsed.Block, count)
	})
}
