// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// It takes go-fuse, which does not compile for 32 bits.
//go:build !386 && !arm && !mips && !mipsle

package mutefs

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/require"
)

const askedStatfs = "HOSTPROBE_SERVE_STATFS"

// Statfs mounts an empty file system that returns these numbers, possible or not.
func Statfs(t *testing.T, numbers *fuse.StatfsOut) *Server {
	t.Helper()
	text, err := json.Marshal(numbers)
	require.NoError(t, err)
	return mount(t, 1, askedStatfs+"="+string(text))
}

// numbered is a file system whose statfs returns the same numbers each time.
type numbered struct {
	fuse.RawFileSystem
	numbers fuse.StatfsOut
}

func (n *numbered) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	*out = n.numbers
	return fuse.OK
}

// fileSystem is what a server that was started for it serves: numbers, or nothing before the gate is open.
func fileSystem(gate chan struct{}) fuse.RawFileSystem {
	text := os.Getenv(askedStatfs)
	if text == "" {
		return mute{fuse.NewDefaultRawFileSystem(), gate}
	}
	n := &numbered{RawFileSystem: fuse.NewDefaultRawFileSystem()}
	if err := json.Unmarshal([]byte(text), &n.numbers); err != nil {
		panic(err)
	}
	return n
}
