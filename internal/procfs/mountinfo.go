// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Mountinfo is /proc/PID/mountinfo.
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//	(1)(2)(3)  (4)   (5)   (6)        (7)     (8)(9)  (10)      (11)
//
// Source: fs/proc_namespace.c, show_mountinfo; Documentation/filesystems/proc.rst, 3.5. Any number of optional fields (7)
// stands before the hyphen. Single spaces part the fields, so an empty source (10) leaves two of them. In a field space,
// tab, newline, backslash and in some of them # stand as \040 and the like; every other byte stands as it is.
type Mountinfo struct {
	// Mounts has one element for each mount, in the order of the file. Reused by the next Parse.
	Mounts []Mount

	unescaped []byte
	bad       scan.LineError
}

// Mount is one line of /proc/PID/mountinfo. Its slices are valid until the next Parse, and as long as the text is.
type Mount struct {
	ID, Parent   uint64
	Major, Minor uint32 // Of the device, st_dev of the files.
	// MountPoint is the path below the root of the process. Its escapes are undone, as those of Type and Source are: any bytes
	// but 0, as mount(8) shows them.
	MountPoint []byte
	Type       []byte // Of the file system: ext4, fuse.sshfs.
	Source     []byte // May be empty.
	// The others are as they stand in the text, with escapes.
	Root         []byte // The directory of the file system that is mounted.
	Options      []byte // Of the mount, parted by commas.
	SuperOptions []byte // Of the file system, parted by commas.
}

// Parse reads the text of mountinfo. The error is nil or a *scan.LineError, valid until the next Parse.
func (m *Mountinfo) Parse(b []byte) error {
	m.Mounts, m.unescaped, m.bad = m.Mounts[:0], m.unescaped[:0], scan.LineError{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		mount, ok := parseMount(line)
		if !ok {
			m.bad.Add(number)
			continue
		}
		mount.MountPoint, mount.Type, mount.Source = m.unescape(mount.MountPoint), m.unescape(mount.Type), m.unescape(mount.Source)
		m.Mounts = append(m.Mounts, mount)
	}
	return m.bad.Err()
}

func parseMount(line []byte) (m Mount, ok bool) {
	id, line := untilSpace(line)
	parent, line := untilSpace(line)
	device, line := untilSpace(line)
	m.Root, line = untilSpace(line)
	m.MountPoint, line = untilSpace(line)
	m.Options, line = untilSpace(line)
	for {
		if len(line) == 0 {
			return m, false // The hyphen is missing.
		}
		var optional []byte
		if optional, line = untilSpace(line); string(optional) == "-" {
			break
		}
	}
	m.Type, line = untilSpace(line)
	m.Source, m.SuperOptions = untilSpace(line)
	if m.ID, ok = scan.Uint(id); !ok {
		return m, false
	}
	if m.Parent, ok = scan.Uint(parent); !ok {
		return m, false
	}
	major, minor, _ := bytes.Cut(device, []byte{':'})
	if m.Major, ok = uint32Of(major); !ok {
		return m, false
	}
	if m.Minor, ok = uint32Of(minor); !ok {
		return m, false
	}
	return m, len(m.Type) > 0 && len(m.Root) > 0 && len(m.MountPoint) > 0 && m.MountPoint[0] == '/'
}

func untilSpace(b []byte) (field, rest []byte) {
	field, rest, _ = bytes.Cut(b, []byte{' '})
	return field, rest
}

func uint32Of(b []byte) (uint32, bool) {
	n, ok := scan.Uint(b)
	return uint32(n), ok && n <= math.MaxUint32
}

func (m *Mountinfo) unescape(field []byte) (text []byte) {
	text, m.unescaped = unescape(field, m.unescaped)
	return text
}

// unescape returns field itself if nothing in it is escaped, else a copy without escapes, at the end of buf.
func unescape(field, buf []byte) (text, grown []byte) {
	if bytes.IndexByte(field, '\\') < 0 {
		return field, buf
	}
	start := len(buf)
	buf = AppendUnescaped(buf, field)
	return buf[start:len(buf):len(buf)], buf
}

// AppendUnescaped appends a field of mountinfo, mounts or swaps to dst, its escapes undone.
func AppendUnescaped(dst, field []byte) []byte {
	for escape := bytes.IndexByte(field, '\\'); escape >= 0; escape = bytes.IndexByte(field, '\\') {
		dst = append(dst, field[:escape]...)
		c, size := escaped(field[escape:])
		dst = append(dst, c)
		field = field[escape+size:]
	}
	return append(dst, field...)
}

// escaped returns the byte that the escape at the start of b stands for, and the length of the escape. A backslash that
// starts none stands for itself.
func escaped(b []byte) (c byte, size int) {
	if len(b) < 4 {
		return b[0], 1
	}
	high, middle, low := b[1]-'0', b[2]-'0', b[3]-'0'
	if high > 3 || middle > 7 || low > 7 {
		return b[0], 1
	}
	return high<<6 | middle<<3 | low, 4
}

// HasOption reports whether an option is in a list as mountinfo has them, separated by commas.
func HasOption(options []byte, want string) bool {
	for option := range bytes.SplitSeq(options, []byte{','}) {
		if string(option) == want {
			return true
		}
	}
	return false
}
