// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import "github.com/superviz-io/hostprobe/internal/snapshot"

// worth is the place of each state among those that are worth a place in a list that cannot have them all: connections in
// use, those that are in trouble, those that begin and end, and what is left of some. Listeners have a list of their own.
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

const numPriorities = 11 // One more, for unix sockets that listen.

// socketList is a list of sockets of which only so many are kept, those that are worth most. What is kept is found in one
// pass, without knowing how many there will be of each worth.
type topList[T any] struct {
	max   int
	items []T
	// origins are those of items.
	origins []socketOrigin
	// first is the last item of each worth, and next the one before it. -1 is none.
	first [numPriorities]int32
	next  []int32
	seen  uint64
}

// begin starts a list in the memory of items.
func (l *topList[T]) begin(items []T) {
	l.items, l.origins, l.next, l.seen = items[:0], l.origins[:0], l.next[:0], 0
	for i := range l.first {
		l.first[i] = -1
	}
}

// add puts a socket into the list, in the place of one worth less if the list is full. It reports whether it has.
func (l *topList[T]) add(s *T, rank int, origin socketOrigin) bool {
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
			return false
		}
		at = l.first[worst]
		l.first[worst] = l.next[at]
		l.items[at], l.origins[at] = *s, origin
	}
	l.next[at], l.first[rank] = l.first[rank], at
	return true
}

// last is where the item of a worth is that was added last.
func (l *topList[T]) last(rank int) int32 { return l.first[rank] }

// withRoom returns s with room for one more, which it has already or by twice as much as before, but for no more than most:
// append would take some more, and a pool does not keep what has more than its limit.
func withRoom[T any](s []T, most int) []T {
	if len(s) < cap(s) {
		return s
	}
	grown := make([]T, len(s), min(max(2*cap(s), 64), most))
	copy(grown, s)
	return grown
}

// take hands the list over, with the owners of its sockets, each where place says that it is.
func (l *topList[T]) take(ownerOf ownerFunc, place func(*T) *snapshot.Owner) (items []T, seen uint64) {
	for i := range l.items {
		*place(&l.items[i]), _ = ownerOf(l.origins[i])
	}
	items, l.items = l.items, nil
	return items, l.seen
}
