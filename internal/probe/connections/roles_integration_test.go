// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
)

// holdSockets, set in the environment of a copy of this test, makes it a program that opens a listener, prints its port, and
// executes the program of that name when it reads a line.
const holdSockets = "HOSTPROBE_TEST_HOLD"

func TestMain(m *testing.M) {
	pairs.HoldIfAsked()
	if becomes, ok := os.LookupEnv(holdSockets); ok {
		hold(becomes)
		return
	}
	os.Exit(m.Run())
}

func hold(becomes string) {
	var fd uintptr
	if _, err := fmt.Sscan(os.Getenv("HOSTPROBE_TEST_FD"), &fd); err != nil {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			panic(err)
		}
		fd = file.Fd()
		listener.Close()
		name, _ := unix.Getsockname(int(fd))
		fmt.Println(name.(*unix.SockaddrInet4).Port)
	} else {
		fmt.Println("again")
	}
	input := bufio.NewReader(os.Stdin)
	if _, err := input.ReadString('\n'); err != nil || becomes == "" {
		return
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETFD, 0); err != nil {
		panic(err)
	}
	env := append(os.Environ(), holdSockets+"=", fmt.Sprint("HOSTPROBE_TEST_FD=", fd))
	panic(unix.Exec(becomes, []string{becomes}, env))
}
