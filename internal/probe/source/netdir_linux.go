// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

// NetDir is the directory of the network files of the host below the root. On a procfs, proc/net is a link to the reader's own
// (fs/proc/proc_net.c, proc_net_init), so it is used in a directory of plain files only.
func (h *Host) NetDir() string {
	if _, err := h.FS.Inode("proc/1/net"); err != nil && h.IsPlain() {
		return "proc/net/"
	}
	return "proc/1/net/"
}
