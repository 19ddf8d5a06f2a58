// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestCommandLine has every form of a secret that is recognized, and names that only resemble one.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]string{
		"":                                                "",
		"/bin/sleep\x0060\x00":                            "/bin/sleep 60",
		"a\x00\x00b\x00\x00\x00":                          "a  b",
		"db\x00--password\x00x y\x00--port\x005":          "db --password *** --port 5",
		"db\x00--password=x y\x00z":                       "db --password=*** z",
		"db\x00--PassWord\x00-xy":                         "db --PassWord ***",
		"db\x00--auth\x00--port\x005":                     "db --auth --port 5",
		"db\x00--token\x00-v\x00x":                        "db --token -v x",
		"db\x00--api-key\x00":                             "db --api-key",
		"db\x00-Daws.secretAccessKey=1=2\x00":             "db -Daws.secretAccessKey=***",
		"env\x00DB_PASSWORD=a&b;c,d\x00x":                 "env DB_PASSWORD=*** x",
		"curl\x00-H\x00Authorization: Bearer x\x00-v":     "curl -H Authorization:*** -v",
		"curl\x00http://u:p:w@host/a?b=1":                 "curl http://u:***@host/a?b=1",
		"curl\x00https://hooks.example/x?a=1&token=2&b=3": "curl https://hooks.example/x?a=1&token=***",
		"git\x00https://ghp_x@host/r":                     "git https://***@host/r",
		"git\x00ssh://git@host/r":                         "git ssh://git@host/r",
		"x\x00http://a:b@c,http://d:e@f":                  "x http://a:***@c,http://d:***@f",
		"x\x00http://a:b@c/,http://d:e@f":                 "x http://a:***@c/,http://d:***@f",
		"x\x00postgres://u:p@h/d?password=q":              "x postgres://u:***@h/d?password=***",
		"sh\x00-c\x00mysql --password foo db":             "sh -c mysql --password ***",
		"sh\x00-c\x00TOKEN='x' run":                       "sh -c TOKEN=***",
		"x\x00{\"password\": \"y\"}\x00z":                 "x {\"password\":*** z",
		"nginx: worker process":                           "nginx: worker process",
		"postgres: authenticator db":                      "postgres: authenticator db",
		"scp\x00user@host:/tmp/x\x00.":                    "scp user@host:/tmp/x .",
		"vault\x00put\x00password\x00x":                   "vault put password x",
		"x\x00--credential-file\x00/etc/c":                "x --credential-file ***",
		"x\x00passwd:y":                                   "x passwd:***",
	} {
		assert.Equal(t, want, string(AppendCommandLine(nil, []byte(arguments), true)), "%q", arguments)
		plain := strings.ReplaceAll(strings.TrimRight(arguments, "\x00"), "\x00", " ")
		assert.Equal(t, plain, string(AppendCommandLine(nil, []byte(arguments), false)))
	}
}

// FuzzCommandLine: a secret behind a name that denotes one is masked, whatever the rest of the line is, and nothing is masked
// without such a name or a URL.
func FuzzCommandLine(f *testing.F) {
	f.Add("curl\x00-v\x00", "--password\x00", "\x00x")
	f.Add("a ", "token=", "&b")
	f.Add("a", "\x00SECRET:", "http://u:p@h")
	f.Fuzz(func(t *testing.T, before, name, after string) {
		const secret = "5up3rs3cr3tv4lu3"
		for _, sure := range []string{"\x00--password=", "\x00--password\x00", "\x00DB_TOKEN=", "\x00auth:", "\x00-x Key=", "\x00http://u:"} {
			end := after
			if strings.HasSuffix(sure, "u:") {
				end = "@h/" + after
			}
			line := string(AppendCommandLine(nil, []byte(before+sure+secret+end), true))
			if strings.Count(before+after+name, secret) == 0 {
				assert.NotContains(t, line, secret, "%q", before+sure)
			}
		}
		line := strings.ToLower(before + name + after)
		harmless := !strings.Contains(line, "://") && !strings.Contains(line, masked)
		for _, word := range secretWords {
			harmless = harmless && !strings.Contains(line, word)
		}
		if harmless {
			plain := AppendCommandLine(nil, []byte(before+name+after), false)
			assert.Equal(t, string(plain), string(AppendCommandLine(nil, []byte(before+name+after), true)))
		}
	})
}
