// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// FirstLine is the first line of a file that is neither empty nor a comment, "" if there is none.
func FirstLine(fs *pseudofs.FS, name string) string {
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
