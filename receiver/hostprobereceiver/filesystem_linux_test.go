// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadatatest"
)

// twoMounts is a root with a file system at / and one at /home.
func twoMounts(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/filesystems", "\text4\n\txfs\n")
	hosttest.Write(t, root, "proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /home ro - xfs /dev/sda2 rw\n")
	require.NoError(t, os.Mkdir(root+"/home", 0o755))
	return root
}

func TestFilesystem(t *testing.T) {
	root := twoMounts(t)
	for text, want := range map[string]int{
		"": 2 * (3 + 2),
		"metrics: {system.filesystem.utilization: {enabled: true}}": 2 * (3 + 2 + 1),
		"usage: false":                2 * 2,
		"inodes: false":               2 * 3,
		"usage: false, inodes: false": 0,
		"include_devices: {match_type: strict, devices: [/dev/sda1]}":         5,
		"exclude_devices: {match_type: regexp, devices: ['sda[12]']}":         0,
		"include_fs_types: {match_type: regexp, fs_types: [^ext]}":            5,
		"exclude_fs_types: {match_type: strict, fs_types: [ext4, btrfs]}":     5,
		"include_mount_points: {match_type: regexp, mount_points: [^/$]}":     5,
		"exclude_mount_points: {match_type: strict, mount_points: [/home]}":   5,
		"exclude_mount_points: {match_type: regexp, mount_points: [ho, 'x']}": 5,
	} {
		set := watch(t)
		points := scrapeAll(t, started(t, set.Settings, "scrapers: {filesystem: {"+text+"}}\nroot_path: "+root))
		assert.Len(t, points, want, text)
		for id := range points {
			assert.True(t, strings.Contains(id, "mode:ro mountpoint:/home") || strings.Contains(id, "mode:rw mountpoint:/ "), id)
		}
		if !strings.Contains(text, "usage: false, inodes: false") {
			metadatatest.AssertEqualHostprobeMountsStuck(t, set.tel, []metricdata.DataPoint[int64]{{Value: 0}}, metricdatatest.IgnoreTimestamp())
		}
	}
}

// TestStuck: a mount that hangs is 1, one that has recovered 0, and the others have no such metric.
func TestStuck(t *testing.T) {
	t.Parallel()
	s := started(t, watch(t).Settings, "metrics: {system.filesystem.stuck: {enabled: true}}\nscrapers: {filesystem: }\nroot_path: "+twoMounts(t))
	for id := range scrapeAll(t, s) {
		assert.NotContains(t, id, "stuck")
	}
	mount := func(path string) snapshot.Mount {
		return snapshot.Mount{Device: "server:" + path, MountPoint: path, Type: "nfs4", Mode: "rw"}
	}
	batch := pmetric.NewMetrics()
	s.begin(batch)
	s.points.recordFilesystem(&snapshot.Filesystem{Hung: []snapshot.HungMount{{Mount: mount("/a"), Stuck: true}, {Mount: mount("/b")}}})
	s.points.Flush()
	values := map[string]float64{}
	for id, p := range pointsOf(t, batch) {
		values[id] = p.value()
	}
	assert.Equal(t, map[string]float64{
		"system.filesystem.stuck[device:server:/a mode:rw mountpoint:/a type:nfs4]": 1,
		"system.filesystem.stuck[device:server:/b mode:rw mountpoint:/b type:nfs4]": 0,
	}, values)
}

func TestFilesystemConfigErrors(t *testing.T) {
	assertErrors(t, map[string][]string{
		"filesystem_no_match_type":      {`scrapers::filesystem::include_devices::match_type: unknown value ""; valid: regexp, strict`},
		"filesystem_unknown_match_type": {`scrapers::filesystem::exclude_fs_types::match_type: unknown value "glob"; valid: regexp, strict`},
		"filesystem_bad_regexp":         {"scrapers::filesystem::include_mount_points::mount_points[0]: `(`: error parsing regexp"},
		"filesystem_unknown_filter_key": {`scrapers::filesystem::include_mount_points: unknown key "devices"`},
	})
}

// TestStuckMountIsToldOnce: a blocked mount is logged when it blocks and when it has recovered, and hides no other mount.
func TestStuckMountIsToldOnce(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	h := newHealth(zap.New(core))
	var domains snapshot.Domains
	domains.Add(snapshot.DomainFilesystem)
	stuck := probe.Fault{Domain: snapshot.DomainFilesystem, Source: "mount /a", Reason: probe.Timeout, Err: context.DeadlineExceeded}
	other := probe.Fault{Domain: snapshot.DomainFilesystem, Source: "mount /b", Reason: probe.Failed, Err: os.ErrClosed}
	scrape := func(faults ...probe.Fault) error {
		h.begin(false)
		for i := range faults {
			h.note(&faults[i])
		}
		return h.end(domains)
	}
	assert.ErrorContains(t, scrape(stuck, other), "mount /a")
	assert.NoError(t, scrape(stuck, other))
	assert.NoError(t, scrape(stuck))
	require.Equal(t, 1, logs.FilterField(zap.String("source", "mount /b")).Len(), "the other mount recovered")
	assert.NoError(t, scrape())
	assert.Equal(t, 1, logs.FilterField(zap.String("source", "mount /a")).Len())
}
