// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import "bytes"

// AppendCommandLine appends the arguments of a process to dst as one line, separated by spaces. arguments has the form of
// /proc/PID/cmdline: each argument ends with a NUL byte. With mask, the value of a name that denotes a secret becomes ***, and so
// does the password in a URL.
//
// Three forms of a secret are recognized: name=value and name:value within an argument, of which everything after the separator
// is masked, and a flag whose value is the next argument, or the next word if a whole script is one argument. Masking errs on the
// side of too much, and remains best effort: a program may accept secrets in forms that cannot be recognized.
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

// isFlag reports whether an argument is certainly a flag. A secret may start with a dash as well.
func isFlag(argument []byte) bool {
	return bytes.HasPrefix(argument, []byte("--")) || len(argument) == 2 && argument[0] == '-'
}

// appendMasked appends one argument with its secrets masked. isName reports that the next argument is a secret.
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

// cutURL splits an argument around the password of its first URL: scheme://user:password@host. With http and https, a user
// without a password is a token, and is treated as a password.
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

// secretWords mark a name whose value is a secret. They match anywhere in the name, in upper and lower case.
var secretWords = [...]string{"password", "passwd", "secret", "token", "key", "credential", "auth"}

// secretName finds the first name of a secret in an argument that is followed by a separator: = or :, or a space after a flag.
// separator is -1 if the argument ends with the name of a secret instead; start is -1 if it has no such name.
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
				next++ // A quoted name in JSON or in a script.
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
