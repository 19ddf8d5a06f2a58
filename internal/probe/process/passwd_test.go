// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPasswd has valid lines, a comment, and lines that are too short or have no valid user ID or name.
func TestPasswd(t *testing.T) {
	t.Parallel()
	users := map[uint32]string{}
	parsePasswd([]byte("root:x:0:0:root:/root:/bin/sh\n# comment\n\nshort:x\nbad:x:-1:0\nlarge:x:4294967296:0:\n:x:7:7:\na:b:8:\nnobody:x:65534:65534:::"),
		func(uid uint32, name []byte) { users[uid] = string(name) })
	assert.Equal(t, map[uint32]string{0: "root", 8: "a", 65534: "nobody"}, users)
}
