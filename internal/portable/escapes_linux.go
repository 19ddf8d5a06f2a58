// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import "strings"

// escapes are those that the kernel writes in fields of mountinfo and swaps (fs/proc_namespace.c, mangle; mm/swapfile.c,
// swap_show).
var escapes = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#")

// unescaped is a field of mountinfo or swaps, which gopsutil passes on as the kernel writes it, without its escapes.
func unescaped(field string) string { return escapes.Replace(field) }
