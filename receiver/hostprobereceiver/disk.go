// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// DiskConfig has the options of the disk scraper.
type DiskConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Include selects the devices that have series; without names, all of them.
	Include DeviceFilter `mapstructure:"include"`
	// Exclude selects the devices that have no series, of those included.
	Exclude DeviceFilter `mapstructure:"exclude"`

	_ struct{} // Prevents unkeyed literals.
}

// DeviceFilter selects devices by name.
type DeviceFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	// Devices is the list of patterns.
	Devices []string `mapstructure:"devices"`

	_ struct{} // Prevents unkeyed literals.
}

func (d *DeviceFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "devices", matchType: d.FilterConfig.MatchType, patterns: d.Devices}
}

var diskMetrics = []string{
	"system.disk.io",
	"system.disk.io_time",
	"system.disk.merged",
	"system.disk.operation_time",
	"system.disk.operations",
	"system.disk.pending_operations",
	"system.disk.weighted_io_time",
}

func (d *DiskConfig) include() namedFilter { return d.Include.named("scrapers::disk::include") }

// filter returns a predicate that selects devices by name; nil selects all of them.
func (d *DiskConfig) filter() (keep func(device string) bool, err error) {
	return includeExclude(d.include(), d.Exclude.named("scrapers::disk::exclude"))
}

func (d *DiskConfig) validate() error {
	_, err := d.filter()
	return err
}

func wantDiskDocument(_ *Config, want *snapshot.Want) { want.Disk.Roles = true }

func (p *points) recordDisk(s *snapshot.Disks) {
	for i := range s.Devices {
		d := &s.Devices[i]
		p.Since(pcommon.Timestamp(d.Start))
		p.recordTraffic(&d.Read, &d.Last.Read, d.Device, metadata.AttributeDiskDirectionRead)
		p.recordTraffic(&d.Written, &d.Last.Written, d.Device, metadata.AttributeDiskDirectionWrite)
		recordKnown(d.Pending, func(n int64) { p.SystemDiskPendingOperations.Record(n, d.Device) })
		recordCounter(p.SystemDiskIoTime.KeepsDevice(), d.IOTime, d.Last.IOTime, func(n int64) { p.SystemDiskIoTime.Record(n, d.Device) })
		recordCounter(p.SystemDiskWeightedIoTime.KeepsDevice(), d.WeightedIOTime, d.Last.WeightedIOTime, func(n int64) {
			p.SystemDiskWeightedIoTime.Record(n, d.Device)
		})
	}
	p.Since(0)
}

func (p *points) recordTraffic(s, last *snapshot.DiskTraffic, device string, direction metadata.AttributeDiskDirection) {
	recordCounter(p.SystemDiskIo.KeepsDevice(), s.Bytes, last.Bytes, func(n int64) { p.SystemDiskIo.Record(n, device, direction) })
	recordCounter(p.SystemDiskOperations.KeepsDevice(), s.Operations, last.Operations, func(n int64) { p.SystemDiskOperations.Record(n, device, direction) })
	recordCounter(p.SystemDiskOperationTime.KeepsDevice(), s.Time, last.Time, func(n int64) { p.SystemDiskOperationTime.Record(n, device, direction) })
	recordCounter(p.SystemDiskMerged.KeepsDevice(), s.Merged, last.Merged, func(n int64) { p.SystemDiskMerged.Record(n, device, direction) })
}
