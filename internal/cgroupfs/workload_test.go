// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const uid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

func TestPod(t *testing.T) {
	const underscored = "6ba7b810_9dad_11d1_80b4_00c04fd430c8"
	for path, want := range map[string]string{
		"/kubepods/burstable/pod" + uid + "/" + id:                                                                       uid,
		"/kubepods/pod" + uid + "/crio-" + id + "/system.slice":                                                          uid,
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + underscored + ".slice/crio-" + id + ".scope": underscored,
		"/kubepods.slice/kubepods-pod" + underscored + ".slice":                                                          underscored,
		"/system.slice/containerd.service/kubepods-besteffort-pod" + underscored + ".slice:cri-containerd:" + id:         underscored,
		"/kubepods/besteffort/pod0123456789abcdef0123456789abcdef/" + id:                                                 "0123456789abcdef0123456789abcdef",
		"/kubepods/pod" + strings.Repeat("0", 32) + "/" + id + "/kubepods/pod" + uid + "/" + id:                          uid,
		"/machine.slice/machine-libpod_pod_" + id + ".slice":                                                             "",
		"/kubepods/burstable/pod" + uid[1:] + "/x":                                                                       "",
		"/kubepods/burstable/pod" + strings.ToUpper(uid):                                                                 "",
		"/user.slice/tripod" + uid:                                                                                       "",
		"/kubepods":                                                                                                      "", "/": "", "": "", "/pod": "", "/..": "",
	} {
		assert.Equal(t, want, string(Pod([]byte(path))), path)
	}
}

func TestAllocation(t *testing.T) {
	for path, want := range map[string][2]string{
		"/nomad.slice/share.slice/" + uid + ".web.scope":                {uid, "web"},
		"/nomad.slice/reserve.slice/" + uid + ".a.b.scope/x":            {uid, "a.b"},
		"/nomad.slice/" + uid + ".web.scope":                            {uid, "web"},
		"/nomad/" + uid + ".web":                                        {uid, "web"},
		"/nomad.slice/share.slice/docker-" + id + ".scope":              {},
		"/nomad.slice/share.slice/" + uid + ".scope":                    {},
		"/user.slice/user-1000.slice/nomad.slice/" + uid + ".web.scope": {},
		"/system.slice/nomad.service":                                   {},
		"/":                                                             {}, "": {}, "/nomad/": {},
	} {
		allocation, task := Allocation([]byte(path))
		assert.Equal(t, want, [2]string{string(allocation), string(task)}, path)
	}
}

func TestECSTask(t *testing.T) {
	const task = "0123456789abcdef0123456789abcdef"
	for path, want := range map[string]string{
		"/ecs/" + task + "/" + id:                   task,
		"/ecs/" + task + "/" + task + "-2495160603": task,
		"/ecs/" + uid + "/" + id:                    uid, // Before tasks had long ARNs.
		"/ecs/shop/" + task + "/" + id:              task,
		"/ecs/" + task:                              task,
		"/ecstasks.slice/ecstasks-" + task + ".slice/docker-" + id + ".scope": task,
		"/ecstasks.slice/ecstasks-" + task + ".slice":                         task,
		"/ecstasks.slice/ecstasks-" + task + "/x":                             "",
		"/ecstasks.slice/ecstasks-" + task[1:] + ".slice":                     "",
		"/user.slice/ecs/" + task + "/" + id:                                  "",
		"/ecs/shop/web":                                                       "", "/ecs/": "", "/ecs": "", "/": "", "": "",
	} {
		assert.Equal(t, want, string(ECSTask([]byte(path))), path)
	}
	for text, want := range map[string]bool{
		task + "-2495160603": true, task + "-0": true, task + "-": false, task: false, uid: false, task[1:] + "-1": false, task + "-1-2": false, "": false,
	} {
		assert.Equal(t, want, IsECSContainer([]byte(text)), text)
	}
}

// FuzzWorkload: what is found is a part of the path, has the form of a uid, and is what a regular expression finds last.
func FuzzWorkload(f *testing.F) {
	f.Add("/kubepods/burstable/pod" + uid + "/" + id)
	f.Add("/a-pod" + uid + ".slice:x:y/nomad")
	f.Add("/nomad.slice/" + uid + ".web.scope")
	pod := regexp.MustCompile(`^(?:.*-)?pod([0-9a-f]{32}|[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})(?:\.slice)?$`)
	f.Fuzz(func(t *testing.T, path string) {
		want := ""
		for _, name := range strings.Split(path, "/") {
			name, _, _ = strings.Cut(name, ":")
			if found := pod.FindStringSubmatch(name); found != nil && !strings.Contains(name, "\n") {
				want = found[1]
			}
		}
		if !strings.Contains(path, "\n") {
			assert.Equal(t, want, string(Pod([]byte(path))))
		}
		allocation, task := Allocation([]byte(path))
		assert.Equal(t, allocation == nil, task == nil)
		if allocation != nil {
			assert.Regexp(t, `^/nomad(\.slice)?/`, path)
			assert.Contains(t, path, "/"+string(allocation)+"."+string(task))
		}
	})
}
