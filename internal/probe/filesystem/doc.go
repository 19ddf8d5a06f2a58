// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package filesystem reads the mounts of a Linux host below its root, and what statfs(2) reports of each: space, inodes and
// whether it is read-only.
//
//	proc/1/mountinfo            the mounts as the host's first process sees them; those of a sandboxed service may differ
//	proc/self/mountinfo         instead, with a fault, if the former cannot be read
//	proc/filesystems            which types need a block device
//	dev/mapper, sys/dev/block   names of mapped devices and of /dev/root
//
// Of mounts that cover each other, only the one that their path leads to is listed, because statfs reports no other.
//
// A scrape costs one poll(2), by which the kernel reports that the mounts have changed; only then are the files read again.
// If usage or inodes are requested, each mount costs four calls more: openat2, statx, fstatfs and close. They may block
// forever if the mount is on NFS, FUSE or a failing device, and run on the threads of blocking.Pool. The steady state
// allocates nothing.
package filesystem
