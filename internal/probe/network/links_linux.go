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

// linkSource reads what /sys/class/net says of the interfaces of /proc/net/dev. sysfs shows the network namespace of whoever
// mounted it, so an interface is believed only when its number is the one that it has in the host's.
type linkSource struct {
	want      snapshot.LinkWant
	namespace source.Namespace
	maxLength int

	sys     *pseudofs.Dir
	links   map[string]*linkFiles // By the bytes of the name.
	reading uint64
	name    []byte
	text    []byte
	numbers []uint32
	// addresses are the hardware addresses.
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

// linkFiles is one interface that was there in the reading before.
type linkFiles struct {
	files   [numLinkFiles]pseudofs.KeptFile
	index   uint64 // Its number, 0 before it is known.
	id      string
	reading uint64
}

// keptLinkFiles is how many files of interfaces stay open; those of others are opened for each reading.
const keptLinkFiles = 256

const classNet = "class/net/"

func newLinkSource(h *source.Host) *linkSource {
	l := &linkSource{
		namespace: h.NetNamespace(), maxLength: h.MaxLength,
		sys: h.FS.Dir("sys", keptLinkFiles), links: map[string]*linkFiles{},
		addresses: intern.New(procfs.MaxInterfaces, h.MaxLength),
	}
	h.OnClose(l.close)
	return l
}

func (l *linkSource) close() {
	for _, files := range l.links {
		l.closeFiles(files)
	}
	l.sys.Close()
}

// begin prepares a reading. The error says why there is none.
func (l *linkSource) begin(want snapshot.LinkWant) (err error) {
	l.want = want
	if err := l.namespace.Err(); err != nil {
		return err
	}
	l.reading++
	l.numbers, err = l.sys.Numbers(l.numbers[:0])
	return err
}

// end forgets the interfaces that are gone.
func (l *linkSource) end() {
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

// read fills what is asked for of the interface with this name. One that is gone meanwhile is no error.
func (l *linkSource) read(name []byte, s *snapshot.Interface) error {
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
	if l.want.Speed && up != snapshot.Known(0) { // veth, bridge and others go on naming a speed when their link is down.
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

// identify makes sure that the files are those of the interface which has this name now: files that are open follow an
// interface to its new name.
func (l *linkSource) identify(name []byte, files *linkFiles) error {
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
				reason = source.ErrOtherNamespace // Unless it went, or was made anew, since its file was read.
				continue
			}
		}
		files.index, files.id = index, l.hardware(name)
		return nil
	}
	return reason
}

// hardware is the path of the device behind an interface, below /sys. One that is made by software has none.
func (l *linkSource) hardware(name []byte) string {
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

// up is 1 for an interface that can pass packets, 0 for one that cannot. A driver that does not tell at least has a carrier.
func (l *linkSource) up(name []byte, files *linkFiles) snapshot.Quantity {
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
			return snapshot.Known(0) // It was set down.
		}
		carrier, ok := sysfs.NetNumber(text)
		return snapshot.Quantity{N: min(carrier, 1), Known: ok && err == nil}
	case state == sysfs.OperUp:
		return snapshot.Known(1)
	}
	return snapshot.Known(0)
}

// number reads one of the files with a number. Many drivers answer EINVAL, and old kernels do not have all of them.
func (l *linkSource) number(name []byte, files *linkFiles, file linkFile) snapshot.Quantity {
	text, err := l.file(name, files, file)
	if err != nil {
		return snapshot.Quantity{}
	}
	n, ok := sysfs.NetNumber(text)
	return snapshot.Quantity{N: n, Known: ok}
}

// address is the hardware address of an interface, empty for one that has none.
func (l *linkSource) address(name []byte, files *linkFiles) string {
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

// interfaceFlags are the kernel's IFF_… of what the snapshot tells.
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

func flagsOf(text []byte) (flags snapshot.InterfaceFlags, ok bool) {
	kernel, ok := sysfs.NetFlags(text)
	for i := range interfaceFlags {
		if kernel&interfaceFlags[i].kernel != 0 {
			flags |= interfaceFlags[i].flag
		}
	}
	return flags, ok
}

// file reads one file of an interface. One that is open and whose interface is gone is opened again.
func (l *linkSource) file(name []byte, files *linkFiles, file linkFile) (text []byte, err error) {
	l.name = append(append(append(l.name[:0], classNet...), name...), linkFileNames[file]...)
	for range 2 {
		l.text, err = l.sys.ReadKept(l.name, &files.files[file], l.text[:0])
		if !errors.Is(err, unix.ENODEV) {
			break
		}
	}
	return l.text, err
}

func (l *linkSource) closeFiles(files *linkFiles) {
	for i := range files.files {
		l.sys.CloseKept(&files.files[i])
	}
}

// interfaceIndex is the number that an interface has in our network namespace, 0 for none.
func interfaceIndex(name []byte) (uint64, error) {
	request, err := unix.NewIfreq(string(name))
	if err != nil {
		return 0, nil
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil { // In a sandbox without one of the two the other may do.
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
