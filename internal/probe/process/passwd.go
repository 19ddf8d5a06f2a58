// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// parsePasswd calls user for each valid line of a passwd file, see passwd(5):
//
//	name:password:uid:gid:gecos:home:shell
func parsePasswd(text []byte, user func(uid uint32, name []byte)) {
	for len(text) > 0 {
		var line []byte
		line, text = scan.Line(text)
		name, line, _ := bytes.Cut(line, []byte{':'})
		_, line, _ = bytes.Cut(line, []byte{':'})
		id, _, ended := bytes.Cut(line, []byte{':'})
		if uid, ok := scan.Uint(id); ok && ended && uid <= math.MaxUint32 && len(name) > 0 {
			user(uint32(uid), name)
		}
	}
}
