// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestNetUevent(t *testing.T) {
	name, index, ok := NetUevent([]byte("DEVTYPE=bridge\nINTERFACE=br=0\nIFINDEX=4\n"))
	assert.True(t, ok)
	assert.Equal(t, "br=0", string(name))
	assert.Equal(t, uint64(4), index)
	for _, text := range []string{"", "INTERFACE=lo\n", "IFINDEX=4\n", "INTERFACE=\nIFINDEX=4\n", "INTERFACE=lo\nIFINDEX=x\n", "INTERFACE=lo\nIFINDEX=0\n", "INTERFACE=lo\nIFINDEX=2147483648\n"} {
		_, _, ok = NetUevent([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

func TestOperstate(t *testing.T) {
	for text, want := range map[string]Operstate{
		"up\n": OperUp, "unknown\n": OperUnknown, "down\n": OperDown, "dormant\n": OperDown, "lowerlayerdown\n": OperDown,
		"notpresent\n": OperDown, "testing": OperDown,
	} {
		state, ok := ParseOperstate([]byte(text))
		assert.True(t, ok, "%q", text)
		assert.Equal(t, want, state, "%q", text)
	}
	for _, text := range []string{"", "UP\n", "up \n", "upper\n"} {
		_, ok := ParseOperstate([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

func TestNetNumber(t *testing.T) {
	n, ok := NetNumber([]byte("65536\n"))
	assert.True(t, ok)
	assert.Equal(t, uint64(65536), n)
	for _, text := range []string{"", "\n", "-1\n", "4294967295\n", "1 \n", "x\n"} {
		_, ok = NetNumber([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

func TestNetFlags(t *testing.T) {
	flags, ok := NetFlags([]byte("0x1003\n"))
	assert.True(t, ok)
	assert.Equal(t, uint64(0x1003), flags)
	for _, text := range []string{"", "\n", "1003\n", "0x\n", "0xg\n", "0x1003 \n"} {
		_, ok = NetFlags([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

func TestNetAddress(t *testing.T) {
	for _, text := range []string{"52:54:00:12:34:56", "00:00:00:00:00:01", "80:00:02:08:fe:80:00:00:00:00:00:00:52:54:00:12:34:56:78:9a"} {
		address, ok := NetAddress([]byte(text + "\n"))
		assert.True(t, ok)
		assert.Equal(t, text, string(address))
	}
	for _, text := range []string{"", "\n", "00:00:00:00:00:00\n", "5\n", "52:\n", "52:5\n", "52-54\n", "5G:54\n", "52:54 \n", ":2:54\n"} {
		_, ok := NetAddress([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

func TestNetClassNoAllocs(t *testing.T) {
	uevent, state, number := []byte("INTERFACE=eth0\nIFINDEX=4\n"), []byte("up\n"), []byte("1500\n")
	hosttest.NoAllocs(t, func() {
		_, _, _ = NetUevent(uevent)
		_, _ = ParseOperstate(state)
		_, _ = NetNumber(number)
		_, _ = NetFlags(number)
		_, _ = NetAddress(number)
	})
}

// FuzzNetUevent writes what was read as the kernel does and reads it again.
func FuzzNetUevent(f *testing.F) {
	f.Add("INTERFACE=eth0\nIFINDEX=4\n")
	f.Fuzz(func(t *testing.T, text string) {
		name, index, ok := NetUevent([]byte(text))
		if !ok {
			return
		}
		again, number, ok := NetUevent(fmt.Appendf(nil, "INTERFACE=%s\nIFINDEX=%d\n", name, index))
		assert.True(t, ok)
		assert.Equal(t, string(name), string(again))
		assert.Equal(t, index, number)
	})
}
