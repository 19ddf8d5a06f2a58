// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"os"
	"runtime"

	"github.com/shirou/gopsutil/v4/host"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Host is the identity of this host, as far as it can be had without running a command: gopsutil would run one on
// macOS for the ID.
func Host() snapshot.Host {
	h := snapshot.Host{OSType: semconvOS(runtime.GOOS)}
	h.Name, _ = os.Hostname()
	if runtime.GOOS != "darwin" {
		h.ID, _ = host.HostID()
	}
	if h.OSVersion, _ = host.KernelVersion(); h.OSVersion != "" {
		h.OSDescription = runtime.GOOS + " " + h.OSVersion
	}
	return h
}

// semconvOS is os.type for a GOOS: https://opentelemetry.io/docs/specs/semconv/registry/attributes/os/
func semconvOS(goos string) string {
	switch goos {
	case "dragonfly":
		return "dragonflybsd"
	case "zos":
		return "z_os"
	}
	return goos
}
