// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNameOf(t *testing.T) {
	for _, name := range []string{
		"", ".", "(none)", "localhost", "localhost.", "LOCALHOST", "localhost.localdomain", "Localhost.Localdomain.", "localhost4",
		"localhost4.localdomain4", "localhost6.localdomain6", "web.localhost",
	} {
		assert.Empty(t, nameOf(name), name)
	}
	for _, name := range []string{"web-1", "web-1.localdomain", "localhost-2", "localhost.example.com", "mylocalhost", "Web.Example.Com."} {
		assert.Equal(t, name, nameOf(name), name)
	}
}
