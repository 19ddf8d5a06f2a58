// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamespaceInode(t *testing.T) {
	for target, want := range map[string]uint64{
		"pid:[4026531836]": PIDInitInode, "cgroup:[4026531835]": CgroupInitInode, "uts:[4026531838]": UTSInitInode,
		"pid:[4026532573]": 4026532573,
	} {
		inode, ok := NamespaceInode([]byte(target))
		assert.True(t, ok, target)
		assert.Equal(t, want, inode, target)
	}
	for _, target := range []string{"", "pid:", "pid:[]", "pid:[x]", "pid:[1", "pid:1]", "/proc/1/ns/pid", "pid:[-1]", "pid:[18446744073709551616]"} {
		_, ok := NamespaceInode([]byte(target))
		assert.False(t, ok, "%q", target)
	}
}
