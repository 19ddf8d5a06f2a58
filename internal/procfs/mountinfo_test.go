// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mountinfoText = "22 27 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n" +
	"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n" +
	"36 27 98:0 /mnt1 /mnt\\0402 ro,noatime shared:3 master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue\n" +
	"37 27 0:40 / /empty rw - tmpfs  rw,size=4k\n" +
	"38 27 0:41 / /a\\011b\\012c\\134d\\043\xff rw - fuse.x\\040z x\\040y\\134x20 rw\n"

func TestMountinfo(t *testing.T) {
	var m Mountinfo
	malformed(t, &m, mountinfoText, 0, 0)
	require.Len(t, m.Mounts, 5)
	assert.Equal(t, Mount{
		ID: 36, Parent: 27, Major: 98, Root: []byte("/mnt1"), MountPoint: []byte("/mnt 2"), Options: []byte("ro,noatime"),
		Type: []byte("ext3"), Source: []byte("/dev/root"), SuperOptions: []byte("rw,errors=continue"),
	}, m.Mounts[2])
	assert.Empty(t, m.Mounts[3].Source, "two spaces stand for an empty source")
	assert.Equal(t, "rw,size=4k", string(m.Mounts[3].SuperOptions))
	assert.Equal(t, "/a\tb\nc\\d#\xff", string(m.Mounts[4].MountPoint), "for system calls, byte for byte")
	assert.Equal(t, `x y\x20`, string(m.Mounts[4].Source), "as mount(8) shows it")
	assert.Equal(t, "fuse.x z", string(m.Mounts[4].Type))
	assert.Equal(t, "/", string(m.Mounts[1].MountPoint))
}

func TestMountinfoMalformed(t *testing.T) {
	const good = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	for name, line := range map[string]string{
		"empty line":            "",
		"no hyphen":             "36 35 98:0 / /mnt rw shared:1 ext3 /dev/root rw",
		"hyphen at the end":     "36 35 98:0 / /mnt rw -",
		"no type":               "36 35 98:0 / /mnt rw -  /dev/root rw",
		"id is no number":       "x 35 98:0 / /mnt rw - ext3 /dev/root rw",
		"parent is no number":   "36 -1 98:0 / /mnt rw - ext3 /dev/root rw",
		"device without colon":  "36 35 98 / /mnt rw - ext3 /dev/root rw",
		"minor is no number":    "36 35 98:x / /mnt rw - ext3 /dev/root rw",
		"major is too large":    "36 35 4294967296:0 / /mnt rw - ext3 /dev/root rw",
		"path is not absolute":  "36 35 98:0 / mnt rw - ext3 /dev/root rw",
		"path is empty":         "36 35 98:0 /  rw - ext3 /dev/root rw",
		"two spaces at a start": "36  35 98:0 / /mnt rw - ext3 /dev/root rw",
	} {
		t.Run(name, func(t *testing.T) {
			var m Mountinfo
			malformed(t, &m, good+line+"\n"+good, 2, 1)
			assert.Len(t, m.Mounts, 2, "the others are kept")
		})
	}
}

func TestMountinfoEscapes(t *testing.T) {
	for text, want := range map[string]string{
		`/a`: "/a", `/\`: `/\`, `/\04`: `/\04`, `/\040`: "/ ", `/\0400`: "/ 0", `/\400`: `/\400`, `/\08x`: `/\08x`,
		`/\134040`: `/\040`, `/\377`: "/\xff", `/\040\040`: "/  ",
	} {
		var m Mountinfo
		malformed(t, &m, "1 0 8:1 / "+text+" rw - ext4 /dev/sda1 rw\n", 0, 0)
		assert.Equal(t, want, string(m.Mounts[0].MountPoint), text)
	}
}

// FuzzMountinfo holds the parser against a slow one that splits whole lines, and writes mount points again as the kernel
// does.
func FuzzMountinfo(f *testing.F) {
	f.Add(mountinfoText)
	f.Add("36 35 98:0 / /mnt rw - - - -\n1 2 3:4 / /\\134 rw -  x\n")
	f.Fuzz(func(t *testing.T, text string) {
		var m, again Mountinfo
		_ = m.Parse([]byte(text))
		var want []string
		for _, line := range strings.Split(text, "\n") {
			if mount := mountOracle(line); mount != "" {
				want = append(want, mount)
			}
		}
		var got []string
		written := ""
		for i := range m.Mounts {
			x := &m.Mounts[i]
			got = append(got, x.text())
			written += fmt.Sprintf("%d %d %d:%d %s %s %s - %s %s %s\n", x.ID, x.Parent, x.Major, x.Minor, x.Root,
				mangle(string(x.MountPoint)), x.Options, mangle(string(x.Type)), mangle(string(x.Source)), x.SuperOptions)
		}
		assert.Equal(t, want, got)
		require.NoError(t, again.Parse([]byte(written)))
		require.Len(t, again.Mounts, len(m.Mounts))
		for i := range m.Mounts {
			assert.Equal(t, m.Mounts[i].text(), again.Mounts[i].text())
		}
	})
}

func (m *Mount) text() string {
	return fmt.Sprintf("%d %d %d:%d %s %s %s %s %s %s", m.ID, m.Parent, m.Major, m.Minor, m.Root, m.MountPoint, m.Options,
		m.Type, m.Source, m.SuperOptions)
}

func mountOracle(line string) string {
	fields := strings.Split(line, " ")
	hyphen := 6
	for hyphen < len(fields) && fields[hyphen] != "-" {
		hyphen++
	}
	if len(fields) < hyphen+2 {
		return ""
	}
	major, minor, _ := strings.Cut(fields[2], ":")
	for i, number := range []string{fields[0], fields[1], major, minor} {
		bits := 64
		if i > 1 {
			bits = 32
		}
		if _, err := strconv.ParseUint(number, 10, bits); err != nil {
			return ""
		}
	}
	if fields[hyphen+1] == "" || fields[3] == "" || !strings.HasPrefix(fields[4], "/") {
		return ""
	}
	source, super := "", ""
	if len(fields) > hyphen+2 {
		source = fields[hyphen+2]
	}
	if len(fields) > hyphen+3 {
		super = strings.Join(fields[hyphen+3:], " ")
	}
	number := func(s string) string { n, _ := strconv.ParseUint(s, 10, 64); return strconv.FormatUint(n, 10) }
	return strings.Join([]string{
		number(fields[0]), number(fields[1]), number(major) + ":" + number(minor), fields[3], unmangle(fields[4]), fields[5],
		unmangle(fields[hyphen+1]), unmangle(source), super,
	}, " ")
}

var octal = regexp.MustCompile(`\\[0-3][0-7][0-7]`)

func unmangle(field string) string {
	return octal.ReplaceAllStringFunc(field, func(escape string) string {
		c, _ := strconv.ParseUint(escape[1:], 8, 8)
		return string([]byte{byte(c)})
	})
}

// mangle is seq_path of fs/seq_file.c.
func mangle(path string) string {
	return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(path)
}
