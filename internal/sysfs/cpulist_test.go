// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "scan") }

func TestFirstCPU(t *testing.T) {
	for text, want := range map[string]int{"0\n": 0, "3": 3, "0-3\n": 0, "2,66\n": 2, "4-5,9\n": 4} {
		cpu, err := FirstCPU([]byte(text))
		assert.NoError(t, err, "%q", text)
		assert.Equal(t, want, cpu, "%q", text)
	}
	for _, text := range []string{"", "\n", "-1", ",", "a", "0 1", "9999999999"} {
		_, err := FirstCPU([]byte(text))
		assert.ErrorIs(t, err, errCPUList, "%q", text)
	}
}

func FuzzFirstCPU(f *testing.F) {
	f.Add("0-3,8\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := FirstCPU([]byte(text))
		line, _, _ := strings.Cut(text, "\n")
		first, _, _ := strings.Cut(line, "-")
		first, _, _ = strings.Cut(first, ",")
		want, wantErr := strconv.ParseUint(first, 10, 31)
		assert.Equal(t, wantErr == nil, err == nil)
		if err == nil {
			assert.Equal(t, int(want), got)
		}
	})
}
