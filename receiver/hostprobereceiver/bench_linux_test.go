// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// BenchmarkScrape sets scrapes of this host, pdata included, beside their floor: one pread of each file they read. The
// promise is at most twice the floor for cpu, memory and load.
func BenchmarkScrape(b *testing.B) {
	minimal := []string{"/proc/stat", "/proc/meminfo", "/proc/loadavg"}
	standard := append([]string{
		"/proc/vmstat", "/proc/swaps", "/proc/uptime", "/proc/sys/fs/file-nr", "/proc/sys/kernel/pid_max",
		"/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io",
	}, minimal...)
	for _, work := range []struct {
		name, config string
		files        []string
	}{
		{"minimal", "template: minimal", minimal},
		{"minimal, each CPU", "template: minimal\nmetrics: {system.cpu.time: {attributes: [cpu, state]}}", minimal},
		{"standard", "template: standard", standard},
	} {
		b.Run(work.name+"/floor", func(b *testing.B) { benchmarkReads(b, work.files) })
		b.Run(work.name+"/scrape", func(b *testing.B) { benchmarkScrape(b, work.config) })
	}
}

func benchmarkScrape(b *testing.B, config string) {
	s := started(b, receivertest.NewNopSettings(metadata.Type), config)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.scrape(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkReads(b *testing.B, names []string) {
	var files []*os.File
	for _, name := range names {
		f, err := os.Open(name)
		require.NoError(b, err)
		defer f.Close()
		files = append(files, f)
	}
	buf := make([]byte, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			if _, err := syscall.Pread(int(f.Fd()), buf, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
}
