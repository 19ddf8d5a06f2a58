// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"bytes"
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// dirent is one entry of a directory. Its name aliases what getdents64 has filled.
type dirent struct {
	inode uint64
	kind  uint8 // DT_…
	name  []byte
}

// Offsets in struct linux_dirent64, see getdents64(2).
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// nextDirent takes one entry off b.
func nextDirent(b []byte) (entry dirent, rest []byte, ok bool) {
	if len(b) <= direntName {
		return dirent{}, nil, false
	}
	length := int(binary.NativeEndian.Uint16(b[direntLength:]))
	if length <= direntName || length > len(b) {
		return dirent{}, nil, false
	}
	name := b[direntName:length]
	end := bytes.IndexByte(name, 0)
	if end < 0 {
		return dirent{}, nil, false
	}
	return dirent{inode: binary.NativeEndian.Uint64(b), kind: b[direntType], name: name[:end]}, b[length:], true
}

func getdents(fd int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(fd, buf)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
