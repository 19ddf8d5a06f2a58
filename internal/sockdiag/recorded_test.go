// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build 386 || amd64 || arm || arm64 || loong64 || mips64le || mipsle || ppc64le || riscv64

// The datagrams were recorded on a machine with the byte order of these.

package sockdiag

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// recorded are the datagrams of a file, and the dump that they are the answer to.
func recorded(t *testing.T, name string) (dump, [][]byte) {
	t.Helper()
	file, err := os.Open("../../testdata/sockdiag/" + name + ".hex")
	require.NoError(t, err)
	defer file.Close()
	var datagrams [][]byte
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		datagram, err := hex.DecodeString(lines.Text())
		require.NoError(t, err)
		datagrams = append(datagrams, datagram)
	}
	require.NoError(t, lines.Err())
	first := datagrams[0]
	return dump{kind: typeDiag, sequence: 7, port: native.Uint32(first[12:])}, datagrams
}

// TestRecorded reads what a kernel has said once, from its datagrams to sockets.
func TestRecorded(t *testing.T) {
	for name, kind := range map[string]uint16{
		"tcp": typeTCPDiag, "listeners": typeTCPDiag, "udp": typeDiag, "unix": typeDiag, "refused": typeDiag,
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			d, datagrams := recorded(t, name)
			d.kind = kind
			var end error
			for _, datagram := range datagrams {
				for d.begin(datagram); ; {
					payload, err := d.next()
					if payload == nil {
						end = err
						break
					}
					text.WriteString(socketText(t, payload))
				}
			}
			ending := fmt.Sprint(end)
			if refused := KernelError(0); errors.As(end, &refused) { // Its text is that of the system.
				ending = fmt.Sprintf("errno %d", refused)
			}
			fmt.Fprintf(&text, "done %v, error %s\n", d.done, ending)
			hosttest.Golden(t, "../../testdata/sockdiag/"+name+".txt", text.String())
		})
	}
}

func socketText(t *testing.T, payload []byte) string {
	t.Helper()
	if payload[0] == AFUnix {
		var s UnixSocket
		require.NoError(t, s.Parse(payload))
		return fmt.Sprintf("unix type %d state %d inode %d name %q\n", s.Type, s.State, s.Inode, s.Name)
	}
	var s InetSocket
	require.NoError(t, s.Parse(payload))
	end := func(ip [16]byte, port uint16) netip.AddrPort {
		if s.Family == AFInet {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[:4])), port)
		}
		return netip.AddrPortFrom(netip.AddrFrom16(ip), port)
	}
	text := fmt.Sprintf("state %d %v %v queues %d %d inode %d group %d", s.State, end(s.Local, s.LocalPort), end(s.Remote, s.RemotePort),
		s.ReceiveQueue, s.SendQueue, s.Inode, s.CgroupID)
	if s.DropsKnown {
		text += fmt.Sprintf(" drops %d", s.Drops)
	}
	return text + "\n"
}
