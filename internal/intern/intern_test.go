// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package intern

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "scan") }

func same(a, b string) bool { return unsafe.StringData(a) == unsafe.StringData(b) }

func TestHit(t *testing.T) {
	s := New(10, 100)
	name := []byte("/dev/sda1")
	first := s.String(name)
	assert.Equal(t, "/dev/sda1", first)
	assert.True(t, same(first, s.String([]byte("/dev/sda1"))))
	name[7] = 'x'
	assert.Equal(t, "/dev/sda1", first, "it does not alias what it was made of")
	hosttest.NoAllocs(t, func() { s.String(name) })
}

func TestBound(t *testing.T) {
	s := New(2, 100)
	a, b := s.String([]byte("a")), s.String([]byte("b"))
	for range 3 {
		assert.Equal(t, "c", s.String([]byte("c")), "a full set still answers")
	}
	assert.Equal(t, 2, s.Len())
	assert.True(t, same(a, s.String([]byte("a"))))
	assert.True(t, same(b, s.String([]byte("b"))))
}

func TestSweep(t *testing.T) {
	s := New(10, 100)
	for _, name := range []string{"stays", "goes"} {
		s.String([]byte(name))
	}
	s.Sweep()
	assert.Equal(t, 2, s.Len(), "both were used since the start")
	kept := s.String([]byte("stays"))
	s.Sweep()
	assert.Equal(t, 1, s.Len())
	assert.True(t, same(kept, s.String([]byte("stays"))))
	s.Sweep()
	s.Sweep()
	assert.Zero(t, s.Len())
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abc", 2, "ab"},
		{"aü", 2, "a"},
		{"日本", 5, "日"},
		{"日本", 2, ""},
		{"a\nb\xff", 20, `a\x0ab\xff`},
	} {
		assert.Equal(t, tt.want, Text([]byte(tt.text), tt.n), "%q", tt.text)
	}
}

// TestName: names keep the escapes of their makers, in a set of names and out of it.
func TestName(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{
		{`machine-my\x2dbox.scope`, 100, `machine-my\x2dbox.scope`},
		{`a\xffb`, 100, `a\xffb`},
		{"a\n", 100, `a\x0a`},
		{`machine-my\x2dbox.scope`, 13, `machine-my\x2`},
		{"aü", 2, "a"},
	} {
		assert.Equal(t, tt.want, Name([]byte(tt.text), tt.n), "%q", tt.text)
		assert.Equal(t, tt.want, NewNames(1, tt.n).String([]byte(tt.text)), "%q", tt.text)
	}
	assert.Equal(t, `a\x5cxffb`, New(1, 100).String([]byte(`a\xffb`)), "other text is reversible")
}

func FuzzText(f *testing.F) {
	f.Add([]byte("日本\xff\n"), uint8(4))
	f.Fuzz(func(t *testing.T, b []byte, n uint8) {
		text := Text(b, int(n))
		whole := Text(b, len(b)*4)
		assert.True(t, utf8.ValidString(text))
		assert.LessOrEqual(t, len(text), int(n))
		assert.True(t, strings.HasPrefix(whole, text))
		assert.True(t, len(text) == len(whole) || len(text) > int(n)-utf8.UTFMax)
	})
}

func TestConcurrency(t *testing.T) {
	s := New(50, 100)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for i := range 1000 {
				name := fmt.Sprintf("device %d", i%80)
				assert.Equal(t, name, s.String([]byte(name)))
				if i%100 == 0 {
					s.Sweep()
				}
				assert.LessOrEqual(t, s.Len(), 50)
			}
		})
	}
	wg.Wait()
}

// BenchmarkCycle reads the 30 names of an ordinary host, with and without the set.
func BenchmarkCycle(b *testing.B) {
	var names [][]byte
	for i := range 30 {
		names = append(names, fmt.Appendf(nil, "/dev/mapper/vg-volume%d", i))
	}
	var sink string
	b.Run("interned", func(b *testing.B) {
		s := New(1024, 1024)
		b.ReportAllocs()
		for b.Loop() {
			for _, name := range names {
				sink = s.String(name)
			}
			s.Sweep()
		}
	})
	b.Run("made anew", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, name := range names {
				sink = string(name)
			}
		}
	})
	_ = sink
}
