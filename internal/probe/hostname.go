// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import "strings"

// nameOf returns the hostname if it identifies a host, else an empty string. Hosts without a name of their own are all called
// (none), or localhost in one of its forms.
//
// Source: hostname(5); kernel default in init/Kconfig, DEFAULT_HOSTNAME; RFC 6761, 6.3.
func nameOf(hostname string) string {
	name := strings.ToLower(strings.TrimRight(hostname, "."))
	for _, domain := range []string{".localdomain", ".localdomain4", ".localdomain6"} {
		name = strings.TrimSuffix(name, domain)
	}
	switch name = name[strings.LastIndexByte(name, '.')+1:]; name {
	case "", "(none)", "localhost", "localhost4", "localhost6":
		return ""
	}
	return hostname
}
