// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

// NetDir is the directory of the network files of the host below the root: /proc/net itself answers for the reader.
func (h *Host) NetDir() string {
	if _, err := h.FS.Inode("proc/1/net"); err == nil {
		return "proc/1/net/"
	}
	return "proc/net/"
}
