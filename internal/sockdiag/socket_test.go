// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sockdiag

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var aSocket = InetSocket{
	Family: AFInet6, State: 10, Local: [16]byte{1, 15: 2}, Remote: [16]byte{3, 15: 4}, LocalPort: 443, RemotePort: 50000,
	Cookie: 0x1122334455667788, ReceiveQueue: 3, SendQueue: 128, Inode: 4242,
	Drops: 7, DropsKnown: true, CgroupID: 99,
}

// inetPayload is a socket as the kernel writes it, include/uapi/linux/inet_diag.h.
func inetPayload(s *InetSocket) []byte {
	b := []byte{s.Family, s.State, 0, 0}
	b = binary.BigEndian.AppendUint16(b, s.LocalPort)
	b = binary.BigEndian.AppendUint16(b, s.RemotePort)
	b = append(append(b, s.Local[:]...), s.Remote[:]...)
	for _, n := range []uint32{0, uint32(s.Cookie), uint32(s.Cookie >> 32), 0, s.ReceiveQueue, s.SendQueue, 1000, s.Inode} {
		b = native.AppendUint32(b, n)
	}
	if s.DropsKnown {
		value := make([]byte, 4*drops)
		b = appendAttribute(b, attributeSKMemInfo, native.AppendUint32(value, s.Drops))
	}
	if s.CgroupID != 0 {
		b = appendAttribute(b, attributeCgroupID, native.AppendUint64(nil, s.CgroupID))
	}
	return b
}

func appendAttribute(b []byte, kind uint16, value []byte) []byte {
	size := attributeSize + len(value)
	b = native.AppendUint16(b, uint16(size))
	b = native.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, align(size)-size)...)
}

// unixPayload is a socket as the kernel writes it, include/uapi/linux/unix_diag.h.
func unixPayload(s *UnixSocket) []byte {
	b := []byte{AFUnix, s.Type, s.State, 0}
	for _, n := range []uint32{s.Inode, 1, 2} {
		b = native.AppendUint32(b, n)
	}
	if s.Name != nil {
		b = appendAttribute(b, attributeUnixName, s.Name)
	}
	return b
}

func TestInetSocket(t *testing.T) {
	var s InetSocket
	require.NoError(t, s.Parse(inetPayload(&aSocket)))
	assert.Equal(t, aSocket, s)

	bare := InetSocket{Family: AFInet, State: 1}
	require.NoError(t, s.Parse(inetPayload(&bare)))
	assert.Equal(t, bare, s, "nothing stays of the socket before")

	unknown := appendAttribute(inetPayload(&bare), 99, []byte("what a later kernel has to say"))
	require.NoError(t, s.Parse(unknown))
	short := appendAttribute(inetPayload(&bare), attributeSKMemInfo, make([]byte, 4*drops))
	require.NoError(t, s.Parse(short))
	assert.False(t, s.DropsKnown, "kernels before 4.7 do not count them")
}

func TestInetSocketFaults(t *testing.T) {
	good := inetPayload(&InetSocket{Family: AFInet, State: 1})
	for name, b := range map[string][]byte{
		"empty":                    {},
		"cut off":                  good[:inetSize-1],
		"another family":           append([]byte{AFUnix}, good[1:]...),
		"no state":                 append([]byte{AFInet, 0}, good[2:]...),
		"a state too large":        append([]byte{AFInet, 14}, good[2:]...),
		"half an attribute":        append(append([]byte{}, good...), 8, 0),
		"an attribute of no size":  append(append([]byte{}, good...), 0, 0, 7, 0),
		"an attribute beyond":      append(append([]byte{}, good...), 200, 0, 7, 0),
		"a cgroup of half a size":  appendAttribute(append([]byte{}, good...), attributeCgroupID, make([]byte, 4)),
		"a second attribute short": append(appendAttribute(append([]byte{}, good...), 99, nil), 1),
	} {
		t.Run(name, func(t *testing.T) {
			var s InetSocket
			assert.Equal(t, ErrMalformed, s.Parse(b))
		})
	}
}

func TestUnixSocket(t *testing.T) {
	for _, want := range []UnixSocket{
		{Type: 1, State: 10, Inode: 5, Name: []byte("/run/a b\n")},
		{Type: 5, State: 1, Inode: 6, Name: []byte("\x00abstract\nffff: 00000002 00000000 00010000 0001 01 99 @forged")},
		{Type: 2, State: 7},
	} {
		var s UnixSocket
		require.NoError(t, s.Parse(unixPayload(&want)))
		assert.Equal(t, want, s)
	}
	var s UnixSocket
	require.NoError(t, s.Parse(unixPayload(&UnixSocket{Type: 1, State: 1, Name: []byte("/run/x\x00")})))
	assert.Equal(t, "/run/x", string(s.Name), "the zero at the end is not part of the path")
	good := unixPayload(&UnixSocket{Type: 1, State: 1})
	for name, b := range map[string][]byte{
		"cut off":        good[:unixSize-1],
		"another family": append([]byte{AFInet}, good[1:]...),
		"no state":       append([]byte{AFUnix, 1, 0}, good[3:]...),
		"an attribute":   append(append([]byte{}, good...), 3, 0, 0, 0),
	} {
		assert.Equal(t, ErrMalformed, s.Parse(b), name)
	}
}

func TestState(t *testing.T) {
	for _, b := range [][]byte{inetPayload(&aSocket), unixPayload(&UnixSocket{Type: 1, State: 10})} {
		family, state, err := State(b)
		require.NoError(t, err)
		assert.Equal(t, b[0], family)
		assert.Equal(t, uint8(10), state)
		for _, bad := range [][]byte{nil, b[:1], b[:unixSize-1], append([]byte{99}, b[1:]...)} {
			_, _, err = State(bad)
			assert.Equal(t, ErrMalformed, err)
		}
	}
}

func TestInUse(t *testing.T) {
	socket := func(state, timer uint8, attributes ...uint16) []byte {
		b := inetPayload(&InetSocket{Family: AFInet, State: state})
		b[2] = timer
		for _, kind := range attributes {
			b = appendAttribute(b, kind, []byte{0})
		}
		return b
	}
	for _, b := range [][]byte{
		socket(1, 0, 8), socket(1, 2, 8), socket(10, 0, 8), socket(8, 0), socket(5, 0, 8), socket(5, 2, 8), socket(3, 1, 15, 8), socket(12, 1, 8),
	} {
		assert.True(t, InUse(b), "%v", b)
	}
	for _, b := range [][]byte{
		socket(6, 3), socket(5, 3), socket(3, 1), socket(12, 1, 15), append(socket(3, 1), 1, 0),
	} {
		assert.False(t, InUse(b), "%v", b)
	}
}

// FuzzSocket writes what was read as the kernel does and reads it again.
func FuzzSocket(f *testing.F) {
	f.Add(inetPayload(&aSocket))
	f.Add(unixPayload(&UnixSocket{Type: 1, State: 10, Name: []byte("/run/x")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if family, _, err := State(b); err == nil && family != AFUnix {
			InUse(b)
		}
		var inet, inetAgain InetSocket
		if inet.Parse(b) == nil {
			require.NoError(t, inetAgain.Parse(inetPayload(&inet)))
			assert.Equal(t, inet, inetAgain)
		}
		var unix, unixAgain UnixSocket
		if unix.Parse(b) == nil {
			require.NoError(t, unixAgain.Parse(unixPayload(&unix)))
			unix.Name = nameOf(unix.Name) // One zero at the end goes at each reading.
			assert.Equal(t, unix, unixAgain)
		}
	})
}
