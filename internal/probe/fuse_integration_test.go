// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	inNamespace = "HOSTPROBE_TEST_IN_NAMESPACE"
	serveFUSE   = "HOSTPROBE_TEST_SERVE_FUSE"
)

// init makes a copy of this test the server of FUSE, which must live while threads of the test's hang, or the agent.
func init() {
	if dir := os.Getenv(serveFUSE); dir != "" {
		serve(dir)
		os.Exit(0)
	}
	if os.Getenv(runAgent) != "" {
		agent()
	}
}

// ownMounts runs the test again where it sees and changes its own mounts only, and all processes it leaves behind end.
func ownMounts(t *testing.T) (inside bool) {
	t.Helper()
	if os.Getenv(inNamespace) != "" {
		return true
	}
	cmd := exec.Command("unshare", "-m", "-p", "-f", "--mount-proc", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	return false
}

// mute is a file system whose statfs is not answered before the gate is open.
type mute struct {
	fuse.RawFileSystem
	gate chan struct{}
}

func (m mute) StatFs(<-chan struct{}, *fuse.InHeader, *fuse.StatfsOut) fuse.Status {
	<-m.gate
	return fuse.OK
}

// serve serves every directory in dir until it is killed. A line on its standard input opens the gate.
func serve(dir string) {
	gate := make(chan struct{})
	entries, err := os.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		server, err := fuse.NewServer(mute{fuse.NewDefaultRawFileSystem(), gate}, filepath.Join(dir, entry.Name()),
			&fuse.MountOptions{DirectMount: true, FsName: "mute", Name: "mute"})
		if err != nil {
			panic(err)
		}
		go server.Serve()
		if err = server.WaitMount(); err != nil {
			panic(err)
		}
	}
	fmt.Println("mounted")
	in := bufio.NewReader(os.Stdin)
	if _, err = in.ReadString('\n'); err == nil {
		close(gate)
		_, _ = in.ReadString('\n')
	}
}

// muteServer is a server whose mounts hang. What hangs on it is free when it is killed, at the latest at the test's end.
type muteServer struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	mounts []string
}

func mountMute(t *testing.T, n int) *muteServer {
	t.Helper()
	dir := t.TempDir()
	s := &muteServer{}
	for i := range n {
		s.mounts = append(s.mounts, fmt.Sprintf("%s/%02d", dir, i))
		require.NoError(t, os.Mkdir(s.mounts[i], 0o755))
	}
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), serveFUSE+"="+dir)
	s.cmd.Stderr = os.Stderr
	var err error
	s.stdin, err = s.cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() {
		s.kill()
		for _, mount := range s.mounts {
			unmount(t, mount)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "mounted\n", line)
	return s
}

// kill ends the server: the kernel answers what hangs on it with ECONNABORTED, and what comes then with ENOTCONN.
func (s *muteServer) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *muteServer) answer(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(s.stdin, "answer\n")
	assert.NoError(t, err)
}
