// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// users are the names of the users in /etc/passwd below the root, read again when the file is another. Nothing that may
// ask another program or host is: a name service would be in the way of the scrape.
type users struct {
	file      *userFile
	maxLength int
	stamp     pseudofs.Stamp
	names     map[uint32]string
}

func newUsers(h *Host) *users {
	file := h.fs.File("etc/passwd", pseudofs.Records)
	h.OnClose(file.Close)
	return &users{file: newUserFile(file, h.mounts), maxLength: h.maxLength}
}

// maxUsers bounds the names that are kept.
const maxUsers = 1 << 16

// refresh reads the file if it is another one than before. That is asked only of a file that nobody serves: where somebody
// does, one question is as good as the other.
func (u *users) refresh(sc *scrape) {
	if !sc.want.Process.Owner {
		return
	}
	var stamp pseudofs.Stamp
	if u.file.direct {
		var err error
		if stamp, err = u.file.file.Stamp(); err == nil && u.names != nil && stamp == u.stamp {
			return
		}
	}
	text, err := u.file.read(sc)
	u.names = nil
	if err != nil {
		sc.fault(u.file.name(), err)
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
