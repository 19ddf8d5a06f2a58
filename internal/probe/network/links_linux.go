// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"bytes"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// linkReader reads the attributes in /sys/class/net of the interfaces of /proc/net/dev. sysfs shows the network namespace
// of the process that mounted it, so the attributes of an interface are used only if its index is that in the host's
// namespace.
type linkReader struct {
	want      snapshot.LinkWant // Of the current scrape.
	namespace source.Namespace
	noLinks   error // Why the interfaces of the host's network namespace cannot be read, nil if they can.
	maxLength int

	sys     *pseudofs.Dir
	links   map[string]*linkFiles // By name, in the kernel's bytes.
	reading uint64                // Number of the current scrape.
	name    []byte                // Buffer for the path of a file.
	text    []byte                // Buffer for its contents.
	numbers []uint32
	// addresses are the interned hardware addresses.
	addresses *intern.Strings
}

// linkFile is one of the files of an interface.
type linkFile uint8

const (
	linkUevent linkFile = iota
	linkOperstate
	linkCarrier
	linkMTU
	linkSpeed
	linkCarrierChanges
	linkAddress
	linkFlags
	numLinkFiles
)

var linkFileNames = [numLinkFiles]string{
	linkUevent: "/uevent", linkOperstate: "/operstate", linkCarrier: "/carrier",
	linkMTU: "/mtu", linkSpeed: "/speed", linkCarrierChanges: "/carrier_changes", linkAddress: "/address", linkFlags: "/flags",
}

// linkFiles is the open files of an interface.
type linkFiles struct {
	files   [numLinkFiles]pseudofs.KeptFile
	index   uint64 // Its ifindex, 0 until it is known.
	id      string // As snapshot.Interface.ID.
	reading uint64 // The last scrape that had the interface.
}

// keptLinkFiles is how many files of interfaces stay open. Those beyond are opened at each scrape.
const keptLinkFiles = 256

const classNet = "class/net/"

func newLinkReader(h *source.Host) *linkReader {
	namespace, noLinks := h.NetNamespace()
	l := &linkReader{
		namespace: namespace, noLinks: noLinks, maxLength: h.MaxLength,
		sys: h.FS.Dir("sys", keptLinkFiles), links: map[string]*linkFiles{},
		addresses: intern.New(procfs.MaxInterfaces, h.MaxLength),
	}
	h.OnClose(l.close)
	return l
}

func (l *linkReader) close() {
	for _, files := range l.links {
		l.closeFiles(files)
	}
	l.sys.Close()
}

// begin starts a scrape. The error says why no interface can be read.
func (l *linkReader) begin(want snapshot.LinkWant) (err error) {
	l.want = want
	if l.noLinks != nil {
		return l.noLinks
	}
	l.reading++
	l.numbers, err = l.sys.Numbers(l.numbers[:0])
	return err
}

// end closes the files of the interfaces that have disappeared.
func (l *linkReader) end() {
	for name, files := range l.links {
		if files.reading != l.reading {
			l.closeFiles(files)
			delete(l.links, name)
		}
	}
	if l.want.MAC {
		l.addresses.Sweep()
	}
}

// read fills the fields of an interface that begin has selected. It is no error if the interface disappeared meanwhile.
func (l *linkReader) read(name []byte, s *snapshot.Interface) error {
	files := l.links[string(name)]
	if files == nil {
		files = &linkFiles{}
		l.links[string(name)] = files
	}
	files.reading = l.reading
	if err := l.identify(name, files); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	s.ID = files.id
	var up snapshot.Quantity
	if l.want.Up || l.want.Speed {
		up = l.up(name, files)
	}
	if l.want.Up {
		s.Up = up
	}
	if l.want.Speed && up != snapshot.Known(0) { // veth, bridge and others report a speed while their link is down.
		if speed := l.number(name, files, linkSpeed); speed.N > 0 {
			s.Speed = snapshot.Known(speed.N * bytesPerMegabit)
		}
	}
	if l.want.MTU {
		s.MTU = l.number(name, files, linkMTU)
	}
	if l.want.CarrierChanges {
		s.CarrierChanges = l.number(name, files, linkCarrierChanges)
	}
	if l.want.MAC {
		s.MAC = l.address(name, files)
	}
	if l.want.Flags {
		if text, err := l.file(name, files, linkFlags); err == nil {
			s.Flags, s.FlagsKnown = flagsOf(text)
		}
	}
	return nil
}

const bytesPerMegabit = 1_000_000 / 8

// identify verifies that the open files are those of the interface that has this name now: they follow an interface that is
// renamed. The error is fs.ErrNotExist if it disappeared or was renamed meanwhile, and source.ErrOtherNamespace if sysfs
// shows another interface with its name.
func (l *linkReader) identify(name []byte, files *linkFiles) error {
	reason := fs.ErrNotExist // It was renamed once more.
	for range 2 {
		text, err := l.file(name, files, linkUevent)
		if err != nil {
			return err
		}
		found, index, ok := sysfs.NetUevent(text)
		if ok && bytes.Equal(found, name) && index == files.index {
			return nil
		}
		l.closeFiles(files)
		if !ok || !bytes.Equal(found, name) {
			continue
		}
		if l.namespace == source.OwnNamespace {
			if own, err := interfaceIndex(name); err != nil {
				return err
			} else if own != index {
				reason = source.ErrOtherNamespace // Unless it was removed or recreated after uevent was read.
				continue
			}
		}
		files.index, files.id = index, l.hardware(name)
		return nil
	}
	return reason
}

// hardware returns the path below /sys of the device of an interface; "" for a virtual interface, which has none.
func (l *linkReader) hardware(name []byte) string {
	l.name = append(append(l.name[:0], classNet...), name...)
	l.text = append(l.text[:0], make([]byte, unix.PathMax)...)
	target, err := l.sys.ReadLink(l.name, l.text)
	path, below := bytes.CutPrefix(target, []byte("../../"))
	path, _ = bytes.CutSuffix(path, append([]byte("/net/"), name...))
	if err != nil || !below || bytes.HasPrefix(path, []byte("devices/virtual")) {
		return ""
	}
	return intern.Text(path, l.maxLength)
}

// up returns 1 for an interface that can pass packets, else 0. If the operstate is unknown, the carrier decides.
func (l *linkReader) up(name []byte, files *linkFiles) snapshot.Quantity {
	text, err := l.file(name, files, linkOperstate)
	if err != nil {
		return snapshot.Quantity{}
	}
	state, ok := sysfs.ParseOperstate(text)
	switch {
	case !ok:
		return snapshot.Quantity{}
	case state == sysfs.OperUnknown:
		if text, err = l.file(name, files, linkCarrier); errors.Is(err, unix.EINVAL) {
			return snapshot.Known(0) // It is administratively down.
		}
		carrier, ok := sysfs.NetNumber(text)
		return snapshot.Quantity{N: min(carrier, 1), Known: ok && err == nil}
	case state == sysfs.OperUp:
		return snapshot.Known(1)
	}
	return snapshot.Known(0)
}

// number reads a file that has one number. It is unknown if the driver returns EINVAL, as many do, or the kernel lacks the
// file.
func (l *linkReader) number(name []byte, files *linkFiles, file linkFile) snapshot.Quantity {
	text, err := l.file(name, files, file)
	if err != nil {
		return snapshot.Quantity{}
	}
	n, ok := sysfs.NetNumber(text)
	return snapshot.Quantity{N: n, Known: ok}
}

// address returns the hardware address of an interface, "" if it has none.
func (l *linkReader) address(name []byte, files *linkFiles) string {
	text, err := l.file(name, files, linkAddress)
	if err != nil {
		return ""
	}
	address, ok := sysfs.NetAddress(text)
	if !ok {
		return ""
	}
	return l.addresses.String(address)
}

// interfaceFlags maps the kernel's IFF_… to the flags of the snapshot.
var interfaceFlags = [...]struct {
	kernel uint64
	flag   snapshot.InterfaceFlags
}{
	{unix.IFF_UP, snapshot.InterfaceUp},
	{unix.IFF_BROADCAST, snapshot.InterfaceBroadcast},
	{unix.IFF_LOOPBACK, snapshot.InterfaceLoopback},
	{unix.IFF_POINTOPOINT, snapshot.InterfacePointToPoint},
	{unix.IFF_PROMISC, snapshot.InterfacePromiscuous},
	{unix.IFF_MULTICAST, snapshot.InterfaceMulticast},
}

// flagsOf parses the contents of flags.
func flagsOf(text []byte) (flags snapshot.InterfaceFlags, ok bool) {
	kernel, ok := sysfs.NetFlags(text)
	for i := range interfaceFlags {
		if kernel&interfaceFlags[i].kernel != 0 {
			flags |= interfaceFlags[i].flag
		}
	}
	return flags, ok
}

// file reads a file of an interface; text is valid until the next read. If the open file is that of an interface that was
// removed (ENODEV), it opens the file of the one that has the name now.
func (l *linkReader) file(name []byte, files *linkFiles, file linkFile) (text []byte, err error) {
	l.name = append(append(append(l.name[:0], classNet...), name...), linkFileNames[file]...)
	for range 2 {
		l.text, err = l.sys.ReadKept(l.name, &files.files[file], l.text[:0])
		if !errors.Is(err, unix.ENODEV) {
			break
		}
	}
	return l.text, err
}

func (l *linkReader) closeFiles(files *linkFiles) {
	for i := range files.files {
		l.sys.CloseKept(&files.files[i])
	}
}

// interfaceIndex returns the ifindex of an interface in the collector's network namespace, 0 if there is none.
func interfaceIndex(name []byte) (uint64, error) {
	request, err := unix.NewIfreq(string(name))
	if err != nil {
		return 0, nil
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil { // A sandbox may allow one of the two only.
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	}
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	switch err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, request); {
	case errors.Is(err, unix.ENODEV):
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("ioctl SIOCGIFINDEX", err)
	}
	return uint64(request.Uint32()), nil
}
