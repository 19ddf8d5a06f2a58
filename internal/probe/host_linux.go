// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"runtime"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func (n *native) identity() snapshot.Host {
	return identifyBelow(n.host.FS, n.host.Root, n.host.MaxLength)
}

// identify says who the host below the root is.
func identify(o *Options) snapshot.Host {
	fs, err := pseudofs.OpenFS(o.Root)
	if err != nil {
		return snapshot.Host{}
	}
	defer fs.Close()
	return identifyBelow(fs, o.Root, o.maxLength())
}

func identifyBelow(fs *pseudofs.FS, root string, maxLength int) snapshot.Host {
	h := snapshot.Host{Arch: semconvArch(runtime.GOARCH), OSType: runtime.GOOS}
	h.Name = hostName(fs, root)
	// See machine-id(5): 32 hexadecimal digits, or "uninitialized" while the first boot goes on.
	for _, name := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		if id := source.FirstLine(fs, name); len(id) == 32 {
			h.ID = id
			break
		}
	}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		if text, err := fs.ReadFile(name, nil); err == nil {
			h.OSDescription, h.OSVersion = parseOSRelease(text)
			break
		}
	}
	return printable(h, maxLength)
}
