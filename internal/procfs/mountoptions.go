// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "bytes"

// HasOption reports whether an option is in a list as mountinfo has them, separated by commas.
func HasOption(options []byte, want string) bool {
	for option := range bytes.SplitSeq(options, []byte{','}) {
		if string(option) == want {
			return true
		}
	}
	return false
}
