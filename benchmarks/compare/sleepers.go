// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "os/exec"

// sleepers are processes that do nothing.
type sleepers []*exec.Cmd

func (s *sleepers) start(n int) error {
	for range n {
		sleeper := exec.Command("sleep", "3600")
		if err := sleeper.Start(); err != nil {
			s.stop()
			return err
		}
		*s = append(*s, sleeper)
	}
	return nil
}

func (s *sleepers) stop() {
	for _, sleeper := range *s {
		_ = sleeper.Process.Kill()
	}
	for _, sleeper := range *s {
		_ = sleeper.Wait() // It was killed.
	}
	*s = nil
}
