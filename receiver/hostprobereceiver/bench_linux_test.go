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

// BenchmarkScrape sets one scrape of this host, pdata included, beside its floor: one pread of each file it reads. The
// promise is at most twice the floor.
func BenchmarkScrape(b *testing.B) {
	b.Run("floor", func(b *testing.B) {
		var files []*os.File
		for _, name := range []string{"/proc/stat", "/proc/meminfo", "/proc/loadavg"} {
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
	})
	for name, text := range map[string]string{
		"scrape":              "",
		"scrape/each_cpu":     "metrics: {system.cpu.time: {attributes: [cpu, state]}}",
		"scrape/every_metric": everyMetric,
	} {
		b.Run(name, func(b *testing.B) {
			s := started(b, receivertest.NewNopSettings(metadata.Type), text)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.scrape(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
