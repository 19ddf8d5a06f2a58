// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestKept(t *testing.T) {
	fs := openFS(t, "")
	for name, shape := range map[string]Shape{"proc/stat": Single, "proc/meminfo": Single, "proc/cpuinfo": Records} {
		file := fs.File(name, shape)
		text, err := file.Read()
		require.NoError(t, err)
		assert.True(t, strings.HasSuffix(string(text), "\n"), "the text is whole")
		first := file.fd
		assert.NotEqual(t, -1, first, "a kernel file is kept open")
		_, err = file.Read()
		require.NoError(t, err)
		assert.Equal(t, first, file.fd)
		file.Close()
		assert.Equal(t, -1, file.fd)
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	fs := openFS(t, "")
	for name, shape := range map[string]Shape{"proc/stat": Single, "proc/cpuinfo": Records} {
		file := fs.File(name, shape)
		hosttest.NoAllocs(t, func() {
			_, err := file.Read()
			assert.NoError(t, err)
		})
		file.Close()
	}
	missing := fs.File("proc/missing", Single)
	hosttest.NoAllocs(t, func() {
		_, err := missing.Read()
		assert.Equal(t, unix.ENOENT, err)
	})
}

// TestBothShapes reads a text of many buffers in both shapes.
func TestBothShapes(t *testing.T) {
	root := t.TempDir()
	fs := openFS(t, root)
	for _, size := range []int{0, 1, firstBuffer - 1, firstBuffer, firstBuffer + 1, 10 * firstBuffer, SizeLimit - 1} {
		want := strings.Repeat("x", size)
		hosttest.Write(t, root, "file", want)
		for _, shape := range []Shape{Single, Records} {
			text, err := fs.File("file", shape).Read()
			require.NoError(t, err)
			assert.Len(t, text, size)
			assert.Equal(t, size, strings.Count(string(text), "x"))
		}
	}
	hosttest.Write(t, root, "file", strings.Repeat("x", SizeLimit))
	for _, shape := range []Shape{Single, Records} {
		_, err := fs.File("file", shape).Read()
		assert.ErrorIs(t, err, ErrTooLarge)
	}
}

// TestStale reads the file of a process that ends, and of another that has the path then.
func TestStale(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	fs := openFS(t, "")
	file := fs.File(fmt.Sprintf("proc/%d/stat", sleeper.Process.Pid), Single)
	defer file.Close()
	_, err := file.Read()
	require.NoError(t, err)

	require.NoError(t, sleeper.Process.Kill())
	_ = sleeper.Wait()
	_, err = file.Read()
	assert.ErrorIs(t, err, unix.ENOENT, "the open file said ESRCH, then there was none to open")
	assert.Equal(t, -1, file.fd)

	file.path = newPath("proc/self/stat")
	_, err = file.Read()
	require.NoError(t, err)
	require.NoError(t, unix.Close(file.fd))
	file.fd = 1 << 20 // No descriptor has this number.
	text, err := file.Read()
	require.NoError(t, err, "a stale descriptor is opened again")
	assert.NotEmpty(t, text)
}

// TestReplaced reads a plain file that another file replaces under its name.
func TestReplaced(t *testing.T) {
	root := t.TempDir()
	fs := openFS(t, root)
	file := fs.File("file", Single)
	_, err := file.Read()
	assert.ErrorIs(t, err, unix.ENOENT)
	for _, want := range []string{"one", "two, longer", "3"} {
		hosttest.Write(t, root, "new", want)
		require.NoError(t, unix.Rename(root+"/new", root+"/file"))
		text, err := file.Read()
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
	}
	hosttest.Remove(t, root, "file")
	_, err = file.Read()
	assert.ErrorIs(t, err, unix.ENOENT, "never the last text")
}

func BenchmarkRead(b *testing.B) {
	fs, err := OpenFS("")
	require.NoError(b, err)
	defer fs.Close()
	for _, name := range []string{"proc/stat", "proc/meminfo", "proc/loadavg"} {
		b.Run(name, func(b *testing.B) {
			file := fs.File(name, Single)
			defer file.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := file.Read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
