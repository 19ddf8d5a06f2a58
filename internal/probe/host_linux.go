// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"runtime"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func (n *native) host() snapshot.Host { return identifyBelow(n.fs, &n.options) }

// identify says who the host below the root is.
func identify(o *Options) snapshot.Host {
	fs, err := pseudofs.OpenFS(o.Root)
	if err != nil {
		return snapshot.Host{}
	}
	defer fs.Close()
	return identifyBelow(fs, o)
}

func identifyBelow(fs *pseudofs.FS, o *Options) snapshot.Host {
	h := snapshot.Host{Arch: semconvArch(runtime.GOARCH), OSType: runtime.GOOS}
	h.Name = hostName(fs, o.Root)
	// See machine-id(5): 32 hexadecimal digits, or "uninitialized" while the first boot goes on.
	for _, name := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		if id := firstLine(fs, name); len(id) == 32 {
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
	return printable(h, o.maxLength())
}

// firstLine is the first line of a file that is neither empty nor a comment, "" if there is none.
func firstLine(fs *pseudofs.FS, name string) string {
	text, _ := fs.ReadFile(name, nil)
	for len(text) > 0 {
		var line []byte
		line, text = scan.Line(text)
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return string(line)
		}
	}
	return ""
}
