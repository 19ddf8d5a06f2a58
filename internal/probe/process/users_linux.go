// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// users maps user IDs to names according to etc/passwd below the root, which is read again when it changes. No name service is
// queried: a lookup through NSS may wait for another process or host.
type users struct {
	file      *source.UserFile
	maxLength int
	stamp     pseudofs.Stamp
	names     map[uint32]string
}

func newUsers(h *source.Host) *users {
	return &users{file: source.NewUserFile(h, "etc/passwd", pseudofs.Records), maxLength: h.MaxLength}
}

// maxUsers bounds the cached names.
const maxUsers = 1 << 16

// refresh reads the file if its stamp has changed. If a file server serves it, it is read at every scrape: the stamp costs as
// much.
func (u *users) refresh(sc *source.Scrape) {
	if !sc.Want.Process.Owner {
		return
	}
	stamp, stamped := u.file.Stamp()
	if stamped && u.names != nil && stamp == u.stamp {
		return
	}
	text, err := u.file.Read(sc)
	u.names = nil
	if err != nil {
		sc.Fault(u.file.Name(), err)
		return
	}
	u.stamp, u.names = stamp, map[uint32]string{}
	parsePasswd(text, func(uid uint32, name []byte) {
		if _, known := u.names[uid]; !known && len(u.names) < maxUsers {
			u.names[uid] = intern.Text(name, u.maxLength)
		}
	})
}

// name returns the name of a user, "" if the file has none for this ID.
func (u *users) name(uid uint32) string { return u.names[uid] }
