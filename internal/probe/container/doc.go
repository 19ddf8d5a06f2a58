// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package container reads the domains container and runtime: the container, the container runtime and the orchestrator that the
// collector itself runs under, and the container runtimes that are available on the host.
//
//	proc/self/cgroup, proc/self/mountinfo   of the collector, wherever the root of the host is
//	proc/sys/kernel/hostname                of the collector
//	marker files, environment variables     of the collector; package runtimes lists them
//	sys/fs/cgroup below the host's root     to find the path that a cgroup namespace hides, by inode number
//	runtime sockets below the host's root   connected to if the scrape requests the available runtimes
//
// A scrape costs one pread(2) of proc/self/cgroup and one poll(2) of proc/self/mountinfo while neither changes, and allocates
// nothing. The rest of the evidence is read by the first scrape, and again after one of them has changed. A runtime socket costs
// one connection per scrape, which is closed at once; no request is sent to a runtime.
//
// On other operating systems nothing is detected.
package container
