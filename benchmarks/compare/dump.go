// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// bareDump receives the dump that TCP states are counted in, so many times, and looks for nothing in it but its end: the
// floor for any receiver that parses it.
func bareDump(times int) func() (cost, error) {
	return func() (cost, error) {
		fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 4) // NETLINK_SOCK_DIAG
		if err != nil {
			return cost{}, err
		}
		defer syscall.Close(fd)
		if err = syscall.Connect(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
			return cost{}, err
		}
		request := sockdiag.AppendTCPRequest(nil, 1, 1<<12-1, 0)
		buf := make([]byte, 64<<10)
		before := now()
		for range times {
			if _, err = syscall.Write(fd, request); err != nil {
				return cost{}, err
			}
			for done := false; !done; {
				n, err := syscall.Read(fd, buf)
				if err != nil || n < syscall.NLMSG_HDRLEN {
					return cost{}, fmt.Errorf("datagram of %d bytes: %w", n, err)
				}
				done = binary.NativeEndian.Uint16(buf[4:]) == syscall.NLMSG_DONE
			}
		}
		return now().since(before, times), nil
	}
}
