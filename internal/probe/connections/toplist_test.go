// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestSocketList compares the list with a sorted one of all sockets.
func TestSocketList(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	l := topList[snapshot.TCPSocket]{max: 50}
	var memory []snapshot.TCPSocket
	for n := range 300 {
		l.begin(memory)
		all := []int{}
		for i := range n {
			state := snapshot.SocketState(1 + random.IntN(int(snapshot.NumSocketStates)-1))
			l.add(&snapshot.TCPSocket{State: state, Local: snapshot.Address{Port: uint16(i)}}, statePriority[state], socketOrigin{inode: uint32(i)})
			all = append(all, statePriority[state])
		}
		list, seen := l.take(
			func(o socketOrigin) (snapshot.Owner, bool) { return snapshot.Owner{PID: int32(o.inode)}, false },
			func(s *snapshot.TCPSocket) *snapshot.Owner { return &s.Owner })
		assert.Equal(t, uint64(len(all)), seen)
		kept := []int{}
		ports := map[uint16]bool{}
		for i := range list {
			s := &list[i]
			kept = append(kept, statePriority[s.State])
			ports[s.Local.Port] = true
			assert.Equal(t, int32(s.Local.Port), s.Owner.PID, "an owner belongs to its socket")
		}
		assert.Len(t, ports, len(kept), "each socket once")
		slices.Sort(all)
		slices.Sort(kept)
		assert.Equal(t, all[:min(len(all), 50)], kept)
		assert.LessOrEqual(t, cap(list), 50, "a pool with this limit keeps it")
		memory = list
	}
}
