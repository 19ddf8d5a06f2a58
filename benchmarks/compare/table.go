// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"runtime"
)

// printTable writes the results as the table of the README.
func printTable(w io.Writer, results []result) {
	fmt.Fprintf(w, "Linux %s, %d CPUs, %s; per scrape, median of the rounds.\n\n", runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	fmt.Fprintln(w, "| work | | points | CPU µs | allocations | bytes |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|")
	for _, r := range results {
		fmt.Fprintf(w, "| %s | host_metrics | %d | %.1f | %.0f | %.0f |\n", r.Work, r.Contrib.Points, r.Contrib.CPU, r.Contrib.Allocs, r.Contrib.Bytes)
		fmt.Fprintf(w, "| | host_probe | %d | %.1f | %.0f | %.0f |\n", r.HostProbe.Points, r.HostProbe.CPU, r.HostProbe.Allocs, r.HostProbe.Bytes)
		fmt.Fprintf(w, "| | **ratio** | | **%.3f** | **%.3f** | **%.3f** |\n", r.Ratio.CPU, r.Ratio.Allocs, r.Ratio.Bytes)
		if r.Pdata.Points > 0 {
			fmt.Fprintf(w, "| | bare pdata with as many points | %d | %.1f | %.0f | %.0f |\n",
				r.Pdata.Points, r.Pdata.CPU, r.Pdata.Allocs, r.Pdata.Bytes)
		}
		if r.FloorCPU > 0 {
			fmt.Fprintf(w, "| | bare reads of the files | | %.1f | | |\n", r.FloorCPU)
		}
	}
}
