// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package process reads the domains processes and process of a Linux host below its root: how many processes are in each
// status, and what each of them uses. One scan of /proc per scrape serves both.
//
//	proc/[pid]/stat           status, CPU time, page faults, threads and start time of every process
//	proc/[pid]/statm          resident and virtual memory
//	proc/[pid]/io             bytes and calls of read(2), write(2) and their like
//	proc/[pid]/status         pending signals and context switches; the latter also from task/[tid]/status of each thread
//	proc/[pid]/fd             number of open descriptors: its size since Linux 6.2, its entries before
//	proc/[pid]/cmdline, exe, cgroup, and the owner of proc/[pid]
//	proc/stat, proc/meminfo   tasks created since boot; the CPUs and the memory that utilizations are relative to
//	etc/passwd                names of owners
//
// All but proc/[pid]/stat is read only if the scrape requests it, and in proc/[pid] only of processes that the filter keeps.
//
// A process costs one pread(2) each for stat, statm and io while these files stay open, which up to 1,024 do; one open, read and
// close each beyond that, and for status at every scrape. cmdline, exe, cgroup and the owner are cached: they are read when a
// process appears, after it has executed another program, and every 32 scrapes. Reading cmdline can block, and so can io before
// Linux 5.7: they are read on a thread of the pool, which adds a few microseconds. The steady state allocates nothing.
//
// Other operating systems have no source here, but share the history and the masking of command lines.
package process
