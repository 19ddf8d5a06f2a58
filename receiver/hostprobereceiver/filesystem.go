// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"slices"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// FilesystemConfig has the parts of the filesystem scraper and selects its mounts.
type FilesystemConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Usage is the part with system.filesystem.usage and system.filesystem.utilization.
	Usage bool `mapstructure:"usage"`
	// Inodes is the part with system.filesystem.inodes.usage.
	Inodes bool `mapstructure:"inodes"`
	// Partitions is the part with the list of mounts in the snapshot documents.
	Partitions bool `mapstructure:"partitions"`
	// IncludeVirtualFilesystems adds tmpfs, overlay and all other file systems without a block device, and bind mounts.
	IncludeVirtualFilesystems bool `mapstructure:"include_virtual_filesystems"`
	// IncludeDevices selects the mounts to read by device; without names, all of them.
	IncludeDevices DeviceFilter `mapstructure:"include_devices"`
	// ExcludeDevices selects the mounts not to read by device, of those included.
	ExcludeDevices DeviceFilter `mapstructure:"exclude_devices"`
	// IncludeFSTypes selects the mounts to read by file system type; without names, all of them.
	IncludeFSTypes FSTypeFilter `mapstructure:"include_fs_types"`
	// ExcludeFSTypes selects the mounts not to read by file system type, of those included.
	ExcludeFSTypes FSTypeFilter `mapstructure:"exclude_fs_types"`
	// IncludeMountPoints selects the mounts to read by mount point on the host; without names, all of them.
	IncludeMountPoints MountPointFilter `mapstructure:"include_mount_points"`
	// ExcludeMountPoints selects the mounts not to read by mount point on the host, of those included.
	ExcludeMountPoints MountPointFilter `mapstructure:"exclude_mount_points"`

	_ struct{} // Prevents unkeyed literals.
}

// FSTypeFilter selects mounts by the type of their file system.
type FSTypeFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	// FSTypes is the list of patterns.
	FSTypes []string `mapstructure:"fs_types"`

	_ struct{} // Prevents unkeyed literals.
}

func (f *FSTypeFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "fs_types", matchType: f.FilterConfig.MatchType, patterns: f.FSTypes}
}

// MountPointFilter selects mounts by their paths on the host, without root_path.
type MountPointFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	// MountPoints is the list of patterns.
	MountPoints []string `mapstructure:"mount_points"`

	_ struct{} // Prevents unkeyed literals.
}

func (f *MountPointFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "mount_points", matchType: f.FilterConfig.MatchType, patterns: f.MountPoints}
}

var filesystemParts = map[string]partSpec{
	"usage":      {template: TemplateCustom, metrics: slices.Concat(filesystemUsageMetrics, stuckMetrics)},
	"inodes":     {template: TemplateCustom, metrics: slices.Concat(filesystemInodesMetrics, stuckMetrics)},
	"partitions": {template: TemplateCustom},
}

var (
	filesystemMetrics       = slices.Concat(filesystemInodesMetrics, stuckMetrics, filesystemUsageMetrics)
	filesystemInodesMetrics = []string{"system.filesystem.inodes.usage"}
	stuckMetrics            = []string{"system.filesystem.stuck"}
	filesystemUsageMetrics  = []string{"system.filesystem.usage", "system.filesystem.utilization"}
)

func (f *FilesystemConfig) includes() (devices, types, mountPoints namedFilter) {
	return f.IncludeDevices.named("scrapers::filesystem::include_devices"),
		f.IncludeFSTypes.named("scrapers::filesystem::include_fs_types"),
		f.IncludeMountPoints.named("scrapers::filesystem::include_mount_points")
}

// watch returns a filter that keeps what keep does, and notes in included the names that it is called with, also those of mounts that
// another of the filters drops.
func (f *FilesystemConfig) watch(
	included *includedNames, keep func(device, fsType, mountPoint string) bool,
) func(device, fsType, mountPoint string) bool {
	byDevice, byType, byMountPoint := f.includes()
	devices := included.add(snapshot.DomainFilesystem, byDevice)
	types := included.add(snapshot.DomainFilesystem, byType)
	mountPoints := included.add(snapshot.DomainFilesystem, byMountPoint)
	if devices == nil && types == nil && mountPoints == nil {
		return keep
	}
	return func(device, fsType, mountPoint string) bool {
		devices.note(device)
		types.note(fsType)
		mountPoints.note(mountPoint)
		return keep(device, fsType, mountPoint)
	}
}

// filter returns a predicate that selects mounts; nil selects all of them.
func (f *FilesystemConfig) filter() (keep func(device, fsType, mountPoint string) bool, err error) {
	byDevice, byType, byMountPoint := f.includes()
	devices, devicesErr := includeExclude(byDevice, f.ExcludeDevices.named("scrapers::filesystem::exclude_devices"))
	types, typesErr := includeExclude(byType, f.ExcludeFSTypes.named("scrapers::filesystem::exclude_fs_types"))
	mountPoints, mountPointsErr := includeExclude(byMountPoint, f.ExcludeMountPoints.named("scrapers::filesystem::exclude_mount_points"))
	if err = errors.Join(devicesErr, typesErr, mountPointsErr); err != nil || devices == nil && types == nil && mountPoints == nil {
		return nil, err
	}
	return func(device, fsType, mountPoint string) bool {
		return (devices == nil || devices(device)) && (types == nil || types(fsType)) && (mountPoints == nil || mountPoints(mountPoint))
	}, nil
}

func (f *FilesystemConfig) validate() error {
	_, err := f.filter()
	return err
}

func wantFilesystem(cfg *Config, want *snapshot.Want) {
	m, filesystem := &cfg.Metrics, &cfg.Scrapers.Filesystem
	want.Filesystem.Usage = filesystem.Usage && (m.SystemFilesystemUsage.Enabled || m.SystemFilesystemUtilization.Enabled)
	want.Filesystem.Inodes = filesystem.Inodes && m.SystemFilesystemInodesUsage.Enabled
	want.Filesystem.Hung = (filesystem.Usage || filesystem.Inodes) && m.SystemFilesystemStuck.Enabled
}

func wantFilesystemDocument(cfg *Config, want *snapshot.Want) {
	filesystem := &cfg.Scrapers.Filesystem
	want.Filesystem.List = want.Filesystem.List || filesystem.Partitions
	want.Filesystem.Usage = want.Filesystem.Usage || filesystem.Usage
	want.Filesystem.Inodes = want.Filesystem.Inodes || filesystem.Inodes
}

func (p *points) recordFilesystem(s *snapshot.Filesystem) {
	const (
		used, free, reserved = metadata.AttributeFilesystemStateUsed, metadata.AttributeFilesystemStateFree, metadata.AttributeFilesystemStateReserved
	)
	for i := range s.Hung {
		m, stuck := &s.Hung[i].Mount, int64(0)
		if s.Hung[i].Stuck {
			stuck = 1
		}
		p.SystemFilesystemStuck.Record(stuck, m.Device, m.Mode, m.MountPoint, m.Type)
	}
	for i := range s.Mounts {
		m := &s.Mounts[i]
		if u := &m.Usage; u.Known {
			p.SystemFilesystemUsage.Record(signed(u.Used), m.Device, m.Mode, m.MountPoint, m.Type, used)
			p.SystemFilesystemUsage.Record(signed(u.Free), m.Device, m.Mode, m.MountPoint, m.Type, free)
			p.SystemFilesystemUsage.Record(signed(u.Reserved), m.Device, m.Mode, m.MountPoint, m.Type, reserved)
			p.SystemFilesystemUtilization.Record(ratio(u.Used, u.Free), m.Device, m.Mode, m.MountPoint, m.Type)
		}
		if n := &m.Inodes; n.Known {
			p.SystemFilesystemInodesUsage.Record(signed(n.Used), m.Device, m.Mode, m.MountPoint, m.Type, used)
			p.SystemFilesystemInodesUsage.Record(signed(n.Free), m.Device, m.Mode, m.MountPoint, m.Type, free)
		}
	}
}

// ratio is used/(used+free), what df calls Use%; 0 of nothing.
func ratio(used, free uint64) float64 {
	if used == 0 {
		return 0
	}
	return float64(used) / (float64(used) + float64(free))
}
