// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// specimenKey is set in the environment of copies of this program that are specimens.
const specimenKey = "HOSTPROBE_SPECIMEN"

func TestMain(m *testing.M) {
	if os.Getenv(specimenKey) != "" {
		beTitled()
	}
	os.Exit(m.Run())
}

// beTitled is a process that has written a title over its arguments, as postgres and nginx do, and waits with open files.
func beTitled() {
	first := unsafe.StringData(os.Args[0]) // Where the kernel has put it: all arguments in one piece.
	all := len(os.Args)
	for _, argument := range os.Args {
		all += len(argument)
	}
	title := unsafe.Slice((*byte)(unsafe.Pointer(first)), all-1) //nolint:gosec // That is what it is about.
	for i := copy(title, "specimen: idle in transaction"); i < len(title); i++ {
		title[i] = ' '
	}
	for range 7 {
		if _, err := os.Open(os.DevNull); err != nil {
			panic(err)
		}
	}
	untilClosed()
}

func untilClosed() {
	fmt.Println()
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// specimens are processes of all kinds that hosts have, by what is special about them. They all wait.
func specimens(t *testing.T) (kinds map[int64]string) {
	t.Helper()
	kinds = map[int64]string{}
	start := func(kind string, cmd *exec.Cmd) {
		input, err := cmd.StdinPipe()
		require.NoError(t, err)
		output, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start(), kind)
		t.Cleanup(func() {
			_ = input.Close()
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		_, _ = bufio.NewReader(output).ReadString('\n') // It is what it is to be, or at its end.
		kinds[int64(cmd.Process.Pid)] = kind
	}
	const wait = "echo; read x"
	for kind, arguments := range map[string][]string{
		"plain":                   {"sh", "-c", wait},
		"a script of two lines":   {"sh", "-c", "echo\nread x\n"},
		"control characters":      {"sh", "-c", wait, "a\x01\x7f\u0085\tb\r"},
		"invalid UTF-8":           {"sh", "-c", wait, "a\xff\xc3", "\xed\xa0\x80"},
		"what looks like escapes": {"sh", "-c", wait, `a\x41b \n \\ \x5cx0a \x0a`},
		"other scripts":           {"sh", "-c", wait, "é世界 \u202e\ufeff\ufffd\U0010ffff"},
		"empty arguments":         {"sh", "-c", wait, "", "", "x", "", ""},
		"no name":                 {"", "-c", wait},
		"spaces":                  {"  sh ", "-c", wait, " b  "},
		"a page of arguments":     {"sh", "-c", wait, strings.Repeat("0123456789", 420)},
		"too long":                {"sh", "-c", wait, strings.Repeat("0123456789", 7000)},
		"has worked":              {"sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; " + wait},
		"another program":         {"sh", "-c", "exec sh -c '" + wait + "'"},
		"a long name":             {"/opt/worker-of-the-longest-name", "-c", wait},
	} {
		cmd := exec.Command("/bin/sh")
		cmd.Args = arguments
		start(kind, cmd)
	}
	bin := t.TempDir()
	for _, name := range []string{") R 1 (", "new\nline", "tab\tand \xff", "back\\slash \\n", "worker-of-the-longest-name", "worker-1"} {
		path := filepath.Join(bin, name)
		require.NoError(t, os.Symlink("/bin/sh", path))
		start(fmt.Sprintf("named %q", name), exec.Command(path, "-c", wait))
	}
	titled := exec.Command(os.Args[0], "with", "some", "arguments of its own")
	titled.Env = append(os.Environ(), specimenKey+"=titled")
	start("titled", titled)
	stopped := exec.Command("/bin/sh", "-c", wait)
	start("stopped, with two signals pending", stopped)
	stop(t, stopped.Process)
	if os.Getuid() == 0 {
		cmd := exec.Command("/bin/sh", "-c", wait)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		start("of another user", cmd)
	}
	start("zombie", exec.Command("/bin/sh", "-c", "exit"))
	time.Sleep(1100 * time.Millisecond) // For scrape_process_delay.
	return kinds
}

// stop stops a process, and leaves it two signals for when it goes on.
func stop(t *testing.T, p *os.Process) {
	t.Helper()
	require.NoError(t, p.Signal(syscall.SIGSTOP))
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
		return err == nil && strings.Contains(string(stat), ") T ")
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, p.Signal(syscall.SIGUSR1))
	require.NoError(t, p.Signal(syscall.SIGUSR2))
}
