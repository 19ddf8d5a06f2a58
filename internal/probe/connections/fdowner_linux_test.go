// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// holdSockets, set in the environment of a copy of this test, makes it a program that opens a listener, says on which
// port, and becomes the program of that name when it is told to.
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

var processWant = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, Owners: snapshot.OwnerWant{Process: true}}}

// ownerOn is whose the listener on a port is.
func ownerOn(t *testing.T, c *snapshot.Connections, port int) snapshot.Owner {
	t.Helper()
	for i := range c.Listeners {
		if l := &c.Listeners[i]; int(l.Local.Port) == port && !l.UDP {
			return l.Owner
		}
	}
	require.Fail(t, "there is no such listener")
	return snapshot.Owner{}
}

// TestHolderGoesOn: a walk that may do next to nothing in a scrape is done after some.
func TestHolderGoesOn(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	p := open(t, Options{}, processWant)
	sourceOf[*Source](p).owners.holders.budget = 0
	scrapes := 0
	for range 10_000 {
		scrapes++
		if c, _ := readConnections(t, p); ownerOn(t, &c, listener.Addr().(*net.TCPAddr).Port).PID != 0 {
			break
		}
	}
	assert.Greater(t, scrapes, 1)
	assert.Less(t, scrapes, 10_000)
}

func TestOwnersAllocateNothing(t *testing.T) {
	openSockets(t, 20)
	p := open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true, Process: true}}})
	var s snapshot.Snapshot
	read := func() { readDomain(p, &s, 1, snapshot.DomainConnections) }
	read() // The first walk.
	read()
	hosttest.NoAllocs(t, read)
}
