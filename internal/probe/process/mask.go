// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// parsePasswd calls user for each line of a passwd file, see passwd(5): name:password:uid:gid:gecos:home:shell.
func parsePasswd(text []byte, user func(uid uint32, name []byte)) {
	for len(text) > 0 {
		var line []byte
		line, text = scan.Line(text)
		name, line, _ := bytes.Cut(line, []byte{':'})
		_, line, _ = bytes.Cut(line, []byte{':'})
		id, _, ended := bytes.Cut(line, []byte{':'})
		if uid, ok := scan.Uint(id); ok && ended && uid <= math.MaxUint32 && len(name) > 0 {
			user(uint32(uid), name)
		}
	}
}

// appendCommandLine appends arguments, each ended by a zero, to dst as one line with spaces between them. With mask, what
// follows a name that says it is a secret becomes ***, and so does a password in a URL.
//
// Three forms are known: name=value and name:value inside an argument, where all that follows goes, and a flag whose
// value is the next argument, or the next word where a whole script is one argument. It is better to mask too much than
// too little, and still no more than a net: a program can be given a secret in ways that nobody can tell.
func AppendCommandLine(dst, arguments []byte, mask bool) []byte {
	arguments = bytes.TrimRight(arguments, "\x00")
	for first, isValue := true, false; ; first = false {
		argument, rest, more := bytes.Cut(arguments, []byte{0})
		if !first {
			dst = append(dst, ' ')
		}
		switch {
		case !mask:
			dst = append(dst, argument...)
		case isValue && !isFlag(argument):
			dst, isValue = append(dst, masked...), false
		default:
			dst, isValue = appendMasked(dst, argument)
		}
		if !more {
			return dst
		}
		arguments = rest
	}
}

const masked = "***"

// isFlag reports whether an argument is a flag for certain: a secret may begin with a dash.
func isFlag(argument []byte) bool {
	return bytes.HasPrefix(argument, []byte("--")) || len(argument) == 2 && argument[0] == '-'
}

// appendMasked appends one argument without its secrets. isName says that the next argument is one.
func appendMasked(dst, argument []byte) (_ []byte, isName bool) {
	argument, url, isURL := cutURL(argument)
	start, separator := secretName(argument)
	switch {
	case start < 0:
		dst = append(dst, argument...)
		if isURL {
			return appendMasked(append(dst, masked...), url)
		}
		return dst, false
	case separator < 0:
		dst = append(dst, argument...)
		if isURL {
			dst, _ = appendMasked(append(dst, masked...), url)
		}
		return dst, argument[0] == '-'
	}
	return append(append(dst, argument[:separator+1]...), masked...), false
}

// cutURL cuts an argument around the password of its first URL: scheme://user:password@host. A user without a password
// is taken for one where the scheme has no other users.
func cutURL(argument []byte) (before, behind []byte, ok bool) {
	scheme := bytes.Index(argument, []byte("://"))
	if scheme < 0 {
		return argument, nil, false
	}
	authority := argument[scheme+3:]
	if end := bytes.IndexAny(authority, "/?# "); end >= 0 {
		authority = authority[:end]
	}
	at := bytes.LastIndexByte(authority, '@')
	if at < 0 {
		return argument, nil, false
	}
	from := bytes.IndexByte(authority[:at], ':') + 1
	if from == 0 && !bytes.HasSuffix(argument[:scheme], []byte("http")) && !bytes.HasSuffix(argument[:scheme], []byte("https")) {
		return argument, nil, false
	}
	return argument[:scheme+3+from], argument[scheme+3+at:], true
}

// secretWords are what a name has in it, in any case, that says its value is a secret.
var secretWords = [...]string{"password", "passwd", "secret", "token", "key", "credential", "auth"}

// secretName finds the first name of a secret in an argument that a separator follows: = or :, or a space after a flag.
// Without a separator it is the last name that ends the argument; start is -1 without a name.
func secretName(argument []byte) (start, separator int) {
	for i := 0; i < len(argument); {
		end := i
		for end < len(argument) && isNameByte(argument[end]) {
			end++
		}
		if end == i {
			i++
			continue
		}
		if isSecret(argument[i:end]) {
			next := end
			for next < len(argument) && (argument[next] == '"' || argument[next] == '\'') {
				next++ // A name in JSON, or in a script.
			}
			switch {
			case next == len(argument):
				return i, -1
			case argument[next] == '=' || argument[next] == ':' || argument[next] == ' ' && argument[i] == '-':
				return i, next
			}
		}
		i = end
	}
	return -1, -1
}

func isNameByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_' || c == '.' || c >= 0x80
}

func isSecret(name []byte) bool {
	for _, word := range secretWords {
		for i := 0; i+len(word) <= len(name); i++ {
			if bytes.EqualFold(name[i:i+len(word)], []byte(word)) {
				return true
			}
		}
	}
	return false
}
