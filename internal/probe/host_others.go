// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package probe

import (
	"runtime"

	"github.com/superviz-io/hostprobe/internal/portable"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// identify says who this host is; only Linux has hosts below another root.
func identify(o *Options) snapshot.Host {
	h := portable.Host()
	h.Name = nameOf(h.Name)
	h.Arch = semconvArch(runtime.GOARCH)
	return printable(h, o.maxLength())
}
