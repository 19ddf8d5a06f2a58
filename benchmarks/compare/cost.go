// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
)

// cost is what one scrape costs.
type cost struct {
	Points int     `json:"points"`
	CPU    float64 `json:"cpu_microseconds"`
	Allocs float64 `json:"allocations"`
	Bytes  float64 `json:"bytes"`
}

// of is the cost for one of n things, or the whole cost if n is 0.
func (c cost) of(n int) cost {
	if n == 0 {
		return c
	}
	d := float64(n)
	return cost{Points: c.Points / n, CPU: c.CPU / d, Allocs: c.Allocs / d, Bytes: c.Bytes / d}
}

// warmUp is how many scrapes come before those that are measured.
const warmUp = 3

// receive measures a receiver over a number of scrapes, from the end of one to the end of another.
func receive(r sidebyside.Receiver, config string, scrapes int) (cost, error) {
	runtime.GC()
	var c cost
	var before usage
	seen := 0
	err := r.Run(config, time.Microsecond, func(batch pmetric.Metrics) bool {
		switch seen++; seen {
		case warmUp:
			before = now()
		case warmUp + scrapes:
			c = now().since(before, scrapes)
			c.Points = batch.DataPointCount()
			return false
		}
		return true
	})
	return c, err
}

// usage is what the process has used so far.
type usage struct {
	cpu           float64 // Microseconds.
	mallocs, size uint64
}

func now() usage {
	var rusage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &rusage); err != nil {
		panic(err) // It has no way to fail.
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	micros := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	return usage{micros(rusage.Utime) + micros(rusage.Stime), mem.Mallocs, mem.TotalAlloc}
}

func (u usage) since(before usage, scrapes int) cost {
	n := float64(scrapes)
	return cost{
		CPU:    (u.cpu - before.cpu) / n,
		Allocs: float64(u.mallocs-before.mallocs) / n,
		Bytes:  float64(u.size-before.size) / n,
	}
}

// bareReads is the CPU of one read of each file, kept open, in microseconds: the floor for any receiver that
// parses them. A name may be a pattern; files that may not be read, or whose process has ended, are skipped.
func bareReads(root string, names []string, scrapes int) (float64, error) {
	var files []*os.File
	for _, name := range names {
		found, err := filepath.Glob(filepath.Join(root, name))
		if err != nil {
			return 0, err
		}
		if len(found) == 0 {
			return 0, fmt.Errorf("no file matches %s", name)
		}
		for _, path := range found {
			if f, err := os.Open(path); err == nil {
				defer f.Close()
				files = append(files, f)
			}
		}
	}
	buf := make([]byte, 1<<20)
	before := now()
	for range scrapes {
		for _, f := range files {
			_, _ = syscall.Pread(int(f.Fd()), buf, 0) // A process may have ended.
		}
	}
	return now().since(before, scrapes).CPU, nil
}
