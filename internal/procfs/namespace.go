// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Inodes of the namespaces that the kernel itself starts in. They are fixed; every other namespace has another inode.
//
// Source: include/linux/proc_ns.h, since Linux 3.8; include/uapi/linux/nsfs.h.
const (
	CgroupInitInode = 0xEFFFFFFB
	PIDInitInode    = 0xEFFFFFFC
	UTSInitInode    = 0xEFFFFFFE
)

// NamespaceInode reads the target of a link in /proc/PID/ns, pid:[4026531836], as the inode of the namespace.
//
// Source: fs/nsfs.c, ns_get_name.
func NamespaceInode(target []byte) (inode uint64, ok bool) {
	_, number, ok := bytes.Cut(target, []byte(":["))
	if !ok || !bytes.HasSuffix(number, []byte{']'}) {
		return 0, false
	}
	return scan.Uint(number[:len(number)-1])
}
