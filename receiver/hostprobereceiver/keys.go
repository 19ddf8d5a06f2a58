// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// checkStruct notes the keys of t, and of what is nested in it, that do not decode into the struct type s. It comes
// before decoding, whose own error does not say what is valid. Keys in apart are valid and are not looked into.
func (l *layers) checkStruct(path string, t tree, s reflect.Type, apart ...string) {
	l.checkKeys(path, t, append(keysOf(s), apart...))
	for key := range t {
		if nested := fieldType(s, key); nested.Kind() == reflect.Struct && !slices.Contains(apart, key) {
			l.checkStruct(join(path, key), l.subtree(t, path, key), nested)
		}
	}
}

// checkKeys notes the keys of t that are not valid.
func (l *layers) checkKeys(path string, t tree, valid []string) {
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if !slices.Contains(valid, key) {
			l.fail(unknown(path, "key", key, valid))
		}
	}
}

// keysOf are the keys that decode into the struct type t.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		switch {
		case strings.Contains(options, "squash"):
			keys = append(keys, keysOf(field.Type)...)
		case name != "" && field.IsExported():
			keys = append(keys, name)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// fieldType is the type of the field of the struct type t that a key decodes into; for an unknown key, that of nothing.
func fieldType(t reflect.Type, key string) reflect.Type {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if name == key {
			return field.Type
		}
		if strings.Contains(options, "squash") {
			if squashed := fieldType(field.Type, key); squashed.Kind() != reflect.Interface {
				return squashed
			}
		}
	}
	return reflect.TypeFor[any]()
}

// join makes a path as the Collector writes it.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "::" + key
}

// listed is how many valid names an error lists in full; of more it lists the nearest.
const (
	listed  = 20
	nearest = 3
)

// unknown is the error for a key or a value that is none of valid.
func unknown(path, what, got string, valid []string) error {
	if path != "" {
		path += ": "
	}
	if len(valid) == 0 {
		return fmt.Errorf("%sunknown %s %q; no %[2]s is valid here", path, what, got)
	}
	if len(valid) <= listed {
		sorted := slices.Compact(slices.Sorted(slices.Values(valid)))
		return fmt.Errorf("%sunknown %s %q; valid: %s", path, what, got, strings.Join(sorted, ", "))
	}
	byDistance := slices.Clone(valid)
	slices.SortFunc(byDistance, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(got, a), distance(got, b)), cmp.Compare(a, b))
	})
	return fmt.Errorf("%sunknown %s %q; closest: %s", path, what, got, strings.Join(byDistance[:nearest], ", "))
}

// distance is the Levenshtein distance of two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
