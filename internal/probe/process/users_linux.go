// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// users are the names of the users in /etc/passwd below the root, read again when the file is another. Nothing that may
// ask another program or host is: a name service would be in the way of the scrape.
type users struct {
	file      *source.UserFile
	maxLength int
	stamp     pseudofs.Stamp
	names     map[uint32]string
}

func newUsers(h *source.Host) *users {
	return &users{file: source.NewUserFile(h, "etc/passwd", pseudofs.Records), maxLength: h.MaxLength}
}

// maxUsers bounds the names that are kept.
const maxUsers = 1 << 16

// refresh reads the file if it is another one than before. Where a file server is behind it, a stamp costs what reading does.
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

// name is that of the user with this id, "" if the file has none.
func (u *users) name(uid uint32) string { return u.names[uid] }
