// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "errors"

// FilesystemConfig has the parts of the filesystem scraper, and which mounts it looks at.
type FilesystemConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Usage and Inodes are the metrics of that name, utilization with usage; Partitions is a section of the document.
	Usage      bool `mapstructure:"usage"`
	Inodes     bool `mapstructure:"inodes"`
	Partitions bool `mapstructure:"partitions"`
	// IncludeVirtualFilesystems looks also at tmpfs, overlay and whatever else has no block device, and at bind mounts.
	IncludeVirtualFilesystems bool `mapstructure:"include_virtual_filesystems"`

	IncludeDevices     DeviceFilter     `mapstructure:"include_devices"`
	ExcludeDevices     DeviceFilter     `mapstructure:"exclude_devices"`
	IncludeFSTypes     FSTypeFilter     `mapstructure:"include_fs_types"`
	ExcludeFSTypes     FSTypeFilter     `mapstructure:"exclude_fs_types"`
	IncludeMountPoints MountPointFilter `mapstructure:"include_mount_points"`
	ExcludeMountPoints MountPointFilter `mapstructure:"exclude_mount_points"`
}

// FSTypeFilter selects mounts by the type of their file system.
type FSTypeFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	FSTypes      []string     `mapstructure:"fs_types"`
}

func (f *FSTypeFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "fs_types", matchType: f.FilterConfig.MatchType, patterns: f.FSTypes}
}

// MountPointFilter selects mounts by their paths on the host, without root_path.
type MountPointFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	MountPoints  []string     `mapstructure:"mount_points"`
}

func (f *MountPointFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "mount_points", matchType: f.FilterConfig.MatchType, patterns: f.MountPoints}
}

// filter returns what reports whether a mount is looked at; nil is every one.
func (f *FilesystemConfig) filter() (keep func(device, fsType, mountPoint string) bool, err error) {
	const path = "scrapers::filesystem"
	devices, devicesErr := includeExclude(
		f.IncludeDevices.named(join(path, "include_devices")), f.ExcludeDevices.named(join(path, "exclude_devices")))
	types, typesErr := includeExclude(
		f.IncludeFSTypes.named(join(path, "include_fs_types")), f.ExcludeFSTypes.named(join(path, "exclude_fs_types")))
	mountPoints, mountPointsErr := includeExclude(
		f.IncludeMountPoints.named(join(path, "include_mount_points")), f.ExcludeMountPoints.named(join(path, "exclude_mount_points")))
	if err = errors.Join(devicesErr, typesErr, mountPointsErr); err != nil || devices == nil && types == nil && mountPoints == nil {
		return nil, err
	}
	return func(device, fsType, mountPoint string) bool {
		return (devices == nil || devices(device)) && (types == nil || types(fsType)) && (mountPoints == nil || mountPoints(mountPoint))
	}, nil
}
