// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeviceFilter(t *testing.T) {
	devices := []string{"sda", "sda1", "sdb", "dm-0", "nvme0n1", "loop0"}
	for name, tt := range map[string]struct {
		text string
		kept []string
	}{
		"none":                     {"{}", devices},
		"no devices":               {"{include: {match_type: strict}, exclude: {devices: []}}", devices},
		"an unused type":           {"{include: {match_type: glob}}", devices},
		"strict":                   {"{include: {match_type: strict, devices: [sda, dm-0, sd]}}", []string{"sda", "dm-0"}},
		"strict is no pattern":     {"{include: {match_type: strict, devices: ['sd.*']}}", nil},
		"regexp, anywhere":         {"{include: {match_type: regexp, devices: [da, ^n]}}", []string{"sda", "sda1", "nvme0n1"}},
		"regexp, the whole name":   {"{include: {match_type: regexp, devices: ['^sd[a-z]$']}}", []string{"sda", "sdb"}},
		"excluded":                 {"{exclude: {match_type: regexp, devices: ['^(loop|dm-)']}}", []string{"sda", "sda1", "sdb", "nvme0n1"}},
		"included and excluded":    {"{include: {match_type: regexp, devices: ['^sd']}, exclude: {match_type: strict, devices: [sdb]}}", []string{"sda", "sda1"}},
		"a cache, as host_metrics": {"{include: {match_type: regexp, regexp: {cacheenabled: true, cachemaxnumentries: 8}, devices: [sdb]}}", []string{"sdb"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(t, "scrapers: {disk: "+tt.text+"}")
			require.NoError(t, err)
			assertSame(t, cfg)
			keep, err := cfg.Scrapers.Disk.filter()
			require.NoError(t, err)
			var kept []string
			for _, device := range devices {
				if keep == nil || keep(device) {
					kept = append(kept, device)
				}
			}
			assert.Equal(t, tt.kept, kept)
		})
	}
}
