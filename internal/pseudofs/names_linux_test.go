// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestNamesAt(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "sys/class/hwmon/hwmon0/name", "a\n")
	hosttest.Link(t, root, "sys/class/hwmon/hwmon10", "../../devices/b")
	hosttest.Link(t, root, "sys/class/out", "../../../../..")
	fs, err := OpenFS(root)
	require.NoError(t, err)
	defer fs.Close()
	d := fs.Dir("sys", 0)
	defer d.Close()
	names := func(at string) (names []string, err error) {
		err = d.NamesAt([]byte(at), func(entry []byte) { names = append(names, string(entry)) })
		slices.Sort(names)
		return names, err
	}
	for at, want := range map[string][]string{
		"class": {"hwmon", "out"}, "class/hwmon": {"hwmon0", "hwmon10"}, "class/hwmon/hwmon0": {"name"}, "class/out": {"class"},
	} {
		found, err := names(at)
		assert.NoError(t, err)
		assert.Equal(t, want, found, "%s: no link leads out of the directory", at)
	}
	_, err = names("class/thermal")
	assert.ErrorIs(t, err, unix.ENOENT)
	_, err = names("class/hwmon/hwmon0/name")
	assert.ErrorIs(t, err, unix.ENOTDIR)

	require.NoError(t, os.RemoveAll(root+"/sys"))
	_, err = names("class")
	assert.ErrorIs(t, err, unix.ENOENT, "it is not what it was")
}

// TestNamesNoAllocs lists and reads a directory of this host's /sys.
func TestNamesNoAllocs(t *testing.T) {
	fs, err := OpenFS("")
	require.NoError(t, err)
	defer fs.Close()
	d := fs.Dir("sys", 0)
	defer d.Close()
	at, buf := []byte("class/net"), make([]byte, 0, 64)
	name := NewName([]byte("sys/class/net/"), []byte("lo/mtu"))
	found := 0
	visit := func([]byte) { found++ }
	hosttest.NoAllocs(t, func() {
		assert.NoError(t, d.NamesAt(at, visit))
		text, err := fs.ReadHead(name, buf)
		assert.NoError(t, err)
		assert.Equal(t, byte('\n'), text[len(text)-1])
	})
	assert.Positive(t, found)
}

func TestReadHeadOfName(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "a/b", "long text")
	require.NoError(t, unix.Mkfifo(root+"/fifo", 0o600))
	fs, err := OpenFS(root)
	require.NoError(t, err)
	defer fs.Close()
	text, err := fs.ReadHead(NewName([]byte("a/b")), make([]byte, 0, 4))
	assert.NoError(t, err)
	assert.Equal(t, "long", string(text))
	_, err = fs.ReadHead(NewName([]byte("fifo")), nil)
	assert.Equal(t, ErrNotRegular, err)
	_, err = fs.ReadHead(NewName([]byte("a/c")), nil)
	assert.Equal(t, unix.ENOENT, err)
	assert.True(t, Name{}.IsZero())
	assert.False(t, NewName().IsZero())
}
