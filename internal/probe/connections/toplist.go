// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import "github.com/superviz-io/hostprobe/internal/snapshot"

// statePriority is the priority of each state in a list that is full, 0 the highest: connections in use, connections that the
// application fails to close, connections that start or end, and TIME_WAIT last. Listeners are not in these lists.
var statePriority = [snapshot.NumSocketStates]int{
	snapshot.SocketEstablished: 0,
	snapshot.SocketCloseWait:   1,
	snapshot.SocketSynSent:     2,
	snapshot.SocketSynRecv:     3,
	snapshot.SocketFinWait1:    4,
	snapshot.SocketFinWait2:    5,
	snapshot.SocketLastAck:     6,
	snapshot.SocketClosing:     7,
	snapshot.SocketClose:       8,
	snapshot.SocketTimeWait:    9,
}

const numPriorities = 11 // One more, for unix listeners.

// topList is a list of the sockets with the highest priorities, at most max of them. It is made in one pass, without knowing
// how many sockets of each priority there will be.
type topList[T any] struct {
	max   int
	items []T
	// origins are those of items.
	origins []socketOrigin
	// first is the item of each priority that was added last, and next the one before it. -1 is none.
	first [numPriorities]int32
	next  []int32
	seen  uint64 // Sockets that were to be added.
}

// begin starts a list in the memory of items, which is owned by the list until take.
func (l *topList[T]) begin(items []T) {
	l.items, l.origins, l.next, l.seen = items[:0], l.origins[:0], l.next[:0], 0
	for i := range l.first {
		l.first[i] = -1
	}
}

// add puts a copy of a socket into the list. If the list is full it replaces a socket of lower priority, which is a larger
// rank. It returns the copy, valid until the next add, or nil if the socket was dropped.
func (l *topList[T]) add(s *T, rank int, origin socketOrigin) *T {
	l.seen++
	at := int32(len(l.items))
	if len(l.items) < l.max {
		l.items = append(withRoom(l.items, l.max), *s)
		l.origins, l.next = append(l.origins, origin), append(l.next, -1)
	} else {
		worst := numPriorities - 1
		for worst > rank && l.first[worst] < 0 {
			worst--
		}
		if worst <= rank {
			return nil
		}
		at = l.first[worst]
		l.first[worst] = l.next[at]
		l.items[at], l.origins[at] = *s, origin
	}
	l.next[at], l.first[rank] = l.first[rank], at
	return &l.items[at]
}

// withRoom returns s with room for one more, doubling its capacity if necessary, but to at most limit: append would round up,
// and a pool drops lists above its limit.
func withRoom[T any](s []T, limit int) []T {
	if len(s) < cap(s) {
		return s
	}
	grown := make([]T, len(s), min(max(2*cap(s), 64), limit))
	copy(grown, s)
	return grown
}

// take hands the list and its memory over, after it has set the owner of each socket. owner returns the field for it. seen is
// the number of sockets, dropped ones included.
func (l *topList[T]) take(ownerOf ownerFunc, owner func(*T) *snapshot.Owner) (items []T, seen uint64) {
	for i := range l.items {
		*owner(&l.items[i]), _ = ownerOf(l.origins[i])
	}
	items, l.items = l.items, nil
	return items, l.seen
}
