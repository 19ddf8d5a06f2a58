// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sockdiag

import (
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

const allStates = 0xffff

func open(t testing.TB) *Conn {
	t.Helper()
	c, err := Open(time.Second)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// inetByPort keeps the sockets with a local port.
type inetByPort struct {
	port  uint16
	found []InetSocket
}

func (v *inetByPort) Socket(payload []byte) error {
	var s InetSocket
	err := s.Parse(payload)
	if s.LocalPort == v.port {
		v.found = append(v.found, s)
	}
	return err
}

// counter counts the sockets, and parses them.
type counter struct {
	socket InetSocket
	n      int
}

func (v *counter) Socket(payload []byte) error {
	v.n++
	return v.socket.Parse(payload)
}

// TestRealSockets finds a listener whose queue has one connection, that connection's two ends, and a UDP socket.
func TestRealSockets(t *testing.T) {
	for family, address := range map[uint8]string{AFInet: "127.0.0.1:0", AFInet6: "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		require.NoError(t, err)
		defer listener.Close()
		client, err := net.Dial("tcp", listener.Addr().String())
		require.NoError(t, err)
		defer client.Close()

		c := open(t)
		v := inetByPort{port: uint16(listener.Addr().(*net.TCPAddr).Port)}
		require.NoError(t, c.DumpInet(family, ProtocolTCP, allStates, ExtensionSKMemInfo, &v))
		states := map[uint8]InetSocket{}
		for _, s := range v.found {
			assert.Equal(t, family, s.Family)
			assert.NotZero(t, s.Cookie)
			states[s.State] = s
		}
		require.Contains(t, states, uint8(unix.BPF_TCP_LISTEN))
		assert.Contains(t, states, uint8(unix.BPF_TCP_ESTABLISHED))
		listening := states[unix.BPF_TCP_LISTEN]
		assert.Equal(t, uint32(1), listening.ReceiveQueue, "one connection waits to be accepted")
		assert.Positive(t, listening.SendQueue, "and so many may")
		assert.True(t, listening.DropsKnown)

		one := inetByPort{port: v.port}
		require.NoError(t, c.DumpTCP(allStates, ExtensionSKMemInfo, &one))
		assert.ElementsMatch(t, v.found, one.found, "one dump of both families says the same")

		v.found = nil
		require.NoError(t, c.DumpInet(family, ProtocolTCP, 1<<unix.BPF_TCP_LISTEN, 0, &v))
		assert.Len(t, v.found, 1, "only the requested sockets")

		packets, err := net.ListenPacket("udp", address)
		require.NoError(t, err)
		defer packets.Close()
		v = inetByPort{port: uint16(packets.LocalAddr().(*net.UDPAddr).Port)}
		require.NoError(t, c.DumpInet(family, ProtocolUDP, allStates, 0, &v))
		require.Len(t, v.found, 1)
		assert.Equal(t, uint8(unix.BPF_TCP_CLOSE), v.found[0].State, "a UDP socket without a peer")
	}
}

type unixByName struct {
	name  string
	found []UnixSocket
}

func (v *unixByName) Socket(payload []byte) error {
	var s UnixSocket
	err := s.Parse(payload)
	if string(s.Name) == v.name {
		v.found = append(v.found, UnixSocket{Type: s.Type, State: s.State})
	}
	return err
}

func TestRealUnixSockets(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "a socket"), "\x00hostprobe test\n" + t.Name()} {
		address := name
		if name[0] == 0 {
			address = "@" + name[1:]
		}
		listener, err := net.Listen("unix", address)
		require.NoError(t, err)
		defer listener.Close()
		v := unixByName{name: name}
		require.NoError(t, open(t).DumpUnix(allStates, ShowName, &v))
		assert.Equal(t, []UnixSocket{{Type: unix.SOCK_STREAM, State: unix.BPF_TCP_LISTEN}}, v.found)
	}
}

func TestRefused(t *testing.T) {
	err := open(t).DumpInet(unix.AF_APPLETALK, ProtocolTCP, allStates, 0, &counter{})
	assert.Equal(t, InetDiag, err, "a family without a handler")
	assert.ErrorIs(t, err, unix.ENOENT)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	err = open(t).DumpInet(AFInet, unix.IPPROTO_ESP, allStates, 0, &counter{})
	assert.Equal(t, noHandler, err, "a protocol that never has a handler")
	assert.EqualError(t, KernelError(1), "operation not permitted")
	assert.ErrorIs(t, KernelError(1), fs.ErrPermission)
	c := open(t)
	c.Close()
	assert.ErrorIs(t, c.DumpUnix(allStates, 0, &counter{}), unix.EBADF)
}

func TestDumpAllocatesNothing(t *testing.T) {
	c := open(t)
	var v counter
	hosttest.NoAllocs(t, func() {
		if err := c.DumpInet(AFInet, ProtocolTCP, allStates, 0, &v); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkDump sets the one dump of both families beside one of each.
func BenchmarkDump(b *testing.B) {
	c := open(b)
	var v counter
	for name, dump := range map[string]func() error{
		"one for both": func() error { return c.DumpTCP(allStates, 0, &v) },
		"one for each": func() error {
			return errors.Join(c.DumpInet(AFInet, ProtocolTCP, allStates, 0, &v), c.DumpInet(AFInet6, ProtocolTCP, allStates, 0, &v))
		},
		"listeners": func() error { return c.DumpTCP(1<<unix.BPF_TCP_LISTEN, 0, &v) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.n = 0
				if err := dump(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(v.n), "sockets")
		})
	}
}
