// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestMissingNames: names of a strict include that the host does not have are logged once, as a warning if it has none of them.
func TestMissingNames(t *testing.T) {
	const notFound = ": names not found at the first scrape"
	type line struct {
		level   zapcore.Level
		message string
		names   any
	}
	for text, want := range map[string][]line{
		"disk: {include: {match_type: strict, devices: [vda]}}":                                     nil,
		"disk: {include: {match_type: regexp, devices: [nope]}}":                                    nil,
		"disk: {exclude: {match_type: strict, devices: [nope]}}":                                    nil,
		"disk: {include: {match_type: strict, devices: [nope, vda, nope, sdz]}}":                    {{zapcore.InfoLevel, "scrapers::disk::include::devices", []any{"nope", "sdz"}}},
		"disk: {include: {match_type: strict, devices: [nope]}}":                                    {{zapcore.WarnLevel, "scrapers::disk::include::devices", []any{"nope"}}},
		"network: {include: {match_type: strict, interfaces: [lo, eth9]}}":                          {{zapcore.InfoLevel, "scrapers::network::include::interfaces", []any{"eth9"}}},
		"network: {stats: false, softnet: true, include: {match_type: strict, interfaces: [eth9]}}": nil,
		"process: {include: {match_type: strict, names: [nope]}}":                                   {{zapcore.WarnLevel, "scrapers::process::include::names", []any{"nope"}}},
		"filesystem: {include_mount_points: {match_type: strict, mount_points: [/, /nope]}, include_devices: {match_type: strict, devices: [/dev/nope]}, include_fs_types: {match_type: strict, fs_types: [ext4]}}": {
			{zapcore.WarnLevel, "scrapers::filesystem::include_devices::devices", []any{"/dev/nope"}},
			{zapcore.InfoLevel, "scrapers::filesystem::include_mount_points::mount_points", []any{"/nope"}},
		},
		"disk: {enabled: false, include: {match_type: strict, devices: [nope]}}": nil,
	} {
		t.Run(text, func(t *testing.T) {
			set := watch(t)
			s := started(t, set.Settings, "root_path: "+hosttest.Unpack(t, "captured-vm", "t0")+"\nscrapers: {memory: , "+text+"}")
			var lines []line
			for range 2 {
				_, err := s.scrape(t.Context())
				require.NoError(t, err)
			}
			for _, entry := range set.log.All() {
				if names := entry.ContextMap()["names"]; names != nil {
					lines = append(lines, line{entry.Level, entry.Message, names})
				}
			}
			for i := range want {
				want[i].message += notFound
			}
			assert.Equal(t, want, lines)
		})
	}
}

// TestMissingNamesOfFailedSource: as long as a domain cannot be read, its names are unknown.
func TestMissingNamesOfFailedSource(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Remove(t, root, "proc/diskstats")
	set := watch(t)
	s := started(t, set.Settings, "root_path: "+root+"\nscrapers: {memory: , disk: {include: {match_type: strict, devices: [vda, nope]}}}")
	message := "scrapers::disk::include::devices: names not found at the first scrape"
	_, err := s.scrape(t.Context())
	require.NoError(t, err)
	assert.Zero(t, set.log.FilterMessage(message).Len())
	hosttest.Replace(t, root, "captured-vm", "t0")
	_, err = s.scrape(t.Context())
	require.NoError(t, err)
	lines := set.log.FilterMessage(message).All()
	require.Len(t, lines, 1)
	assert.Equal(t, []any{"nope"}, lines[0].ContextMap()["names"])
}
