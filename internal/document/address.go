// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"slices"
	"strconv"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// peer writes the address of a peer, as much of it as form allows.
func (w *writer) peer(key string, a *snapshot.Address, ipv6 bool, form Addresses) {
	switch form {
	case FullAddresses:
		w.address(key, a, ipv6)
	case AddressPrefixes:
		w.finish(key, appendPrefix(w.begin(key), a, ipv6))
	}
}

// address writes the whole of an address.
func (w *writer) address(key string, a *snapshot.Address, ipv6 bool) {
	text := w.begin(key)
	if ipv6 {
		text = appendIPv6(text, &a.IP)
	} else {
		text = appendIPv4(text, a.IP[:4])
	}
	w.finish(key, text)
}

// appendIPv4 and appendIPv6 write what netip does, in a fraction of the time: a document is made of addresses for a good
// part.
func appendIPv4(dst, ip []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, len("255.255.255.255."))[:at+len("255.255.255.255.")]
	for _, n := range ip {
		o := &octets[n]
		*(*[4]byte)(dst[at:]) = o.text
		at += o.size
	}
	return dst[:at-len(".")]
}

// octets are the numbers of 8 bits with a point behind them.
var octets = func() (octets [256]octet) {
	for n := range octets {
		text := append(strconv.AppendInt(nil, int64(n), 10), '.')
		octets[n].size = copy(octets[n].text[:], text)
	}
	return octets
}()

type octet struct {
	text [4]byte
	size int
}

// appendIPv6 shortens the first of the longest runs of zeros to "::", see RFC 5952.
func appendIPv6(dst []byte, ip *[16]byte) []byte {
	if *(*[12]byte)(ip[:12]) == mapped {
		return appendIPv4(append(dst, "::ffff:"...), ip[12:])
	}
	var groups [8]uint16
	run, from, to := 0, -1, -1
	for i := range groups {
		groups[i] = uint16(ip[2*i])<<8 | uint16(ip[2*i+1])
		if groups[i] != 0 {
			run = 0
		} else if run++; run > 1 && run > to-from {
			from, to = i+1-run, i+1
		}
	}
	for i := 0; i < len(groups); i++ {
		if i == from {
			dst = append(dst, ':', ':')
			i = to - 1
			continue
		}
		if i > 0 && i != to {
			dst = append(dst, ':')
		}
		n := groups[i]
		if n >= 0x1000 {
			dst = append(dst, hexDigits[n>>12])
		}
		if n >= 0x100 {
			dst = append(dst, hexDigits[n>>8&0xf])
		}
		if n >= 0x10 {
			dst = append(dst, hexDigits[n>>4&0xf])
		}
		dst = append(dst, hexDigits[n&0xf])
	}
	return dst
}

// mapped is how an IPv6 address begins that carries IPv4.
var mapped = [12]byte{10: 0xff, 11: 0xff}

// appendPrefix appends the network that a peer is in.
func appendPrefix(dst []byte, a *snapshot.Address, ipv6 bool) []byte {
	network := a.IP
	switch {
	case !ipv6:
		network[3] = 0
		return append(appendIPv4(dst, network[:4]), "/24"...)
	case *(*[12]byte)(network[:12]) == mapped:
		network[15] = 0
		return append(appendIPv6(dst, &network), "/120"...) // 24 bits of what it carries.
	}
	clear(network[6:])
	return append(appendIPv6(dst, &network), "/48"...)
}
