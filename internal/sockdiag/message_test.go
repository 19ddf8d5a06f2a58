// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sockdiag

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

const (
	sequence = 7
	port     = 4711
)

// appendMessage appends a message as the kernel makes it.
func appendMessage(dst []byte, kind, flags uint16, payload []byte) []byte {
	size := headerSize + len(payload)
	dst = native.AppendUint32(dst, uint32(size))
	dst = native.AppendUint16(dst, kind)
	dst = native.AppendUint16(dst, flags)
	dst = native.AppendUint32(dst, sequence)
	dst = native.AppendUint32(dst, port)
	dst = append(dst, payload...)
	return append(dst, make([]byte, align(size)-size)...)
}

func appendErrno(errno int32) []byte { return native.AppendUint32(nil, uint32(errno)) }

// readAll returns the payloads of the dump's datagrams, as strings.
func readAll(datagrams ...[]byte) (payloads []string, done bool, err error) {
	d := dump{kind: typeDiag, sequence: sequence, port: port}
	for _, datagram := range datagrams {
		for d.begin(datagram); ; {
			payload, err := d.next()
			if err != nil {
				return payloads, d.done, err
			}
			if payload == nil {
				break
			}
			payloads = append(payloads, string(payload))
		}
	}
	return payloads, d.done, nil
}

func TestDump(t *testing.T) {
	first := appendMessage(appendMessage(nil, typeDiag, 2, []byte("one")), typeDiag, 2, []byte("four"))
	second := appendMessage(appendMessage(nil, typeNoop, 0, nil), typeDiag, 2, []byte("seven.."))
	end := appendMessage(nil, typeDone, 2, appendErrno(0))
	payloads, done, err := readAll(first, second, end)
	require.NoError(t, err)
	assert.True(t, done)
	assert.Equal(t, []string{"one", "four", "seven.."}, payloads)

	_, done, err = readAll(first, second)
	require.NoError(t, err)
	assert.False(t, done, "without its end a dump is not whole")
}

// TestFaults: no datagram that is not the kernel's answer to this dump passes.
func TestFaults(t *testing.T) {
	good := appendMessage(nil, typeDiag, 2, []byte("good"))
	edit := func(edit func(b []byte)) []byte {
		b := appendMessage(nil, typeDiag, 2, []byte("payload."))
		edit(b)
		return b
	}
	for name, tt := range map[string]struct {
		datagram []byte
		want     error
	}{
		"a header cut off":               {good[:headerSize-1], ErrMalformed},
		"a length below the header's":    {edit(func(b []byte) { native.PutUint32(b, headerSize-1) }), ErrMalformed},
		"a length of zero":               {edit(func(b []byte) { native.PutUint32(b, 0) }), ErrMalformed},
		"a length beyond the datagram":   {edit(func(b []byte) { native.PutUint32(b, 25) }), ErrMalformed},
		"a length of four gigabytes":     {edit(func(b []byte) { native.PutUint32(b, 1<<32-1) }), ErrMalformed},
		"another sequence":               {edit(func(b []byte) { native.PutUint32(b[8:], sequence-1) }), errForeign},
		"another port":                   {edit(func(b []byte) { native.PutUint32(b[12:], port+1) }), errForeign},
		"the type of another request":    {edit(func(b []byte) { native.PutUint16(b[4:], typeTCPDiag) }), ErrMalformed},
		"another type":                   {edit(func(b []byte) { native.PutUint16(b[4:], 21) }), ErrMalformed},
		"interrupted":                    {edit(func(b []byte) { native.PutUint16(b[6:], 2|flagDumpInterrupted) }), errInterrupted},
		"interrupted at the end":         {appendMessage(nil, typeDone, flagDumpInterrupted, appendErrno(0)), errInterrupted},
		"no handler, as an error":        {appendMessage(nil, typeError, 0, appendErrno(-2)), KernelError(2)},
		"no handler, at the end":         {appendMessage(nil, typeDone, 2, appendErrno(-2)), KernelError(2)},
		"forbidden":                      {appendMessage(nil, typeError, 0, appendErrno(-1)), KernelError(1)},
		"an error without a number":      {appendMessage(nil, typeError, 0, []byte{1}), ErrMalformed},
		"an end with half a number":      {appendMessage(nil, typeDone, 2, []byte{0, 0}), ErrMalformed},
		"an errno that there is not":     {appendMessage(nil, typeError, 0, appendErrno(-5000)), ErrMalformed},
		"an acknowledgement":             {appendMessage(nil, typeError, 0, appendErrno(0)), ErrMalformed},
		"a message behind the end":       {append(appendMessage(nil, typeDone, 2, nil), good...), ErrMalformed},
		"bytes behind the last message":  {append(append([]byte{}, good...), 1, 2, 3), ErrMalformed},
		"another sequence in the second": {append(append([]byte{}, good...), edit(func(b []byte) { native.PutUint32(b[8:], 0) })...), errForeign},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(tt.datagram)
			assert.Equal(t, tt.want, err)
		})
	}
}

// TestMissingHandler: the answer shows which module is missing, by the message that it comes in.
func TestMissingHandler(t *testing.T) {
	const text = " is neither built in nor loaded"
	asError, atEnd := appendMessage(nil, typeError, 0, appendErrno(-2)), appendMessage(nil, typeDone, 2, appendErrno(-2))
	for name, tt := range map[string]struct {
		handlers handlers
		datagram []byte
		want     error
		text     string
	}{
		"TCP, no family":        {inetHandlers(ProtocolTCP), asError, InetDiag, "the kernel has no handler: inet_diag" + text},
		"TCP, no protocol":      {inetHandlers(ProtocolTCP), atEnd, TCPDiag, "the kernel has no handler: tcp_diag" + text},
		"UDP, no family":        {inetHandlers(ProtocolUDP), asError, InetDiag, "the kernel has no handler: inet_diag" + text},
		"UDP, no protocol":      {inetHandlers(ProtocolUDP), atEnd, UDPDiag, "the kernel has no handler: udp_diag" + text},
		"unix":                  {handlers{family: UnixDiag}, asError, UnixDiag, "the kernel has no handler: unix_diag" + text},
		"forbidden":             {inetHandlers(ProtocolTCP), appendMessage(nil, typeError, 0, appendErrno(-1)), KernelError(1), KernelError(1).Error()},
		"forbidden, at the end": {inetHandlers(ProtocolTCP), appendMessage(nil, typeDone, 2, appendErrno(-1)), KernelError(1), KernelError(1).Error()},
	} {
		t.Run(name, func(t *testing.T) {
			d := dump{kind: typeDiag, sequence: sequence, port: port, handlers: tt.handlers}
			d.begin(tt.datagram)
			_, err := d.next()
			assert.Equal(t, tt.want, err)
			assert.EqualError(t, err, tt.text)
			var refused KernelError
			assert.ErrorAs(t, err, &refused)
		})
	}
}

func TestRequests(t *testing.T) {
	inet := AppendInetRequest(nil, 1, AFInet6, ProtocolTCP, 0xfff, ExtensionSKMemInfo)
	assert.Len(t, inet, headerSize+inetRequest)
	assert.Equal(t, "0a064000ff0f0000", hex.EncodeToString(inet[headerSize:headerSize+8]))
	unix := AppendUnixRequest(nil, 1, 0x402, ShowName)
	assert.Len(t, unix, headerSize+unixRequest)
	tcp := AppendTCPRequest(nil, 1, 0xfff, ExtensionSKMemInfo)
	assert.Len(t, tcp, headerSize+tcpRequest)
	assert.Equal(t, "02000040", hex.EncodeToString(tcp[headerSize:headerSize+4]))
	assert.Equal(t, "ff0f000000000000", hex.EncodeToString(tcp[len(tcp)-8:]))
	for _, request := range [][]byte{inet, unix, tcp} {
		d := dump{kind: native.Uint16(request[4:]), sequence: 1}
		d.begin(request)
		payload, err := d.next()
		require.NoError(t, err, "it is a message as this package reads them")
		assert.Len(t, payload, len(request)-headerSize)
	}
}

func TestNoAllocs(t *testing.T) {
	datagram := appendMessage(nil, typeDiag, 2, inetPayload(&aSocket))
	for range 100 {
		datagram = appendMessage(datagram, typeDiag, 2, inetPayload(&aSocket))
	}
	var s InetSocket
	var request []byte
	hosttest.NoAllocs(t, func() {
		request = AppendInetRequest(request[:0], 1, AFInet, ProtocolTCP, 1, 0)
		d := dump{kind: typeDiag, sequence: sequence, port: port}
		d.begin(datagram)
		for {
			payload, _ := d.next()
			if payload == nil {
				break
			}
			_ = s.Parse(payload)
		}
	})
}

// FuzzDump makes datagrams of payloads and has the payloads back; of the bytes themselves it only wants no panic.
func FuzzDump(f *testing.F) {
	f.Add([]byte("one\x00two"), uint8(2))
	f.Add(appendMessage(nil, typeDone, 2, appendErrno(-2)), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		_, _, _ = readAll(b)

		var payloads []string
		var datagrams [][]byte
		var datagram []byte
		for n := int(cut)%37 + 1; len(b) > 0; {
			size := min(n, len(b))
			payloads = append(payloads, string(b[:size]))
			datagram = appendMessage(datagram, typeDiag, 2, b[:size])
			if b[0]%2 == 0 {
				datagrams, datagram = append(datagrams, datagram), nil
			}
			b = b[size:]
		}
		datagrams = append(datagrams, appendMessage(datagram, typeDone, 2, appendErrno(0)))
		got, done, err := readAll(datagrams...)
		require.NoError(t, err)
		assert.True(t, done)
		assert.Equal(t, payloads, got)
	})
}
