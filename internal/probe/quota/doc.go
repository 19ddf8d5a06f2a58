// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package quota reads the limits and the resource usage of the cgroup that the collector runs in, and the collector's limit
// of open file descriptors.
//
// /proc/self/cgroup and /proc/self/mountinfo locate the cgroup. In version 2 the package reads cpu.max, cpu.stat, io.max,
// memory.{current,max,events} and pids.{current,max}; in version 1 the files of the controllers cpu, cpuacct, memory, pids
// and blkio. Only files that snapshot.QuotaWant selects are read; the limit of file descriptors needs none.
//
// A limit is the lowest one of the cgroup and its ancestors, as far as they are mounted. The exception is blkio of version
// 1, which does not throttle hierarchically: only the limits of the cgroup itself count.
//
// A scrape costs one read and one poll to notice that the collector was moved or that mounts have changed, and one read for
// each selected file. A limit has a file in each ancestor. The steady state allocates nothing.
package quota
