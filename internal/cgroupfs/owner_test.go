// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// owners are the forms of paths, with ID for an id.
var owners = map[string]struct{ path, unit, container string }{
	"root":                           {"/", "", ""},
	"nothing":                        {"", "", ""},
	"a service":                      {"/system.slice/ssh.service", "ssh.service", ""},
	"an instance in a slice":         {"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", ""},
	"a group below a service":        {"/system.slice/containerd.service/worker/1", "containerd.service", ""},
	"a user's service":               {"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service", "web.service", ""},
	"a session":                      {"/user.slice/user-1000.slice/session-2.scope", "session-2.scope", ""},
	"a slice":                        {"/user.slice/user-1000.slice", "user-1000.slice", ""},
	"a mount":                        {"/system.slice/srv.mount", "srv.mount", ""},
	"no unit":                        {"/something/.service", "", ""},
	"docker":                         {"/docker/ID", "", "ID"},
	"docker by systemd":              {"/system.slice/docker-ID.scope", "docker-ID.scope", "ID"},
	"docker in docker":               {"/docker/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff/docker/ID", "", "ID"},
	"systemd in docker":              {"/docker/ID/init.scope", "init.scope", "ID"},
	"kubepods":                       {"/kubepods/burstable/pod6ba7b810-9dad-11d1-80b4-00c04fd430c8/ID", "", "ID"},
	"kubepods, containerd":           {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6ba7b810_9dad.slice/cri-containerd-ID.scope", "cri-containerd-ID.scope", "ID"},
	"kubepods, CRI-O":                {"/kubepods.slice/kubepods-pod6ba7b810_9dad.slice/crio-ID.scope", "crio-ID.scope", "ID"},
	"CRI-O, container group":         {"/kubepods.slice/kubepods-pod6ba7b810_9dad.slice/crio-ID.scope/container", "crio-ID.scope", "ID"},
	"CRI-O without systemd":          {"/kubepods/besteffort/pod6ba7b810/crio-ID", "", "ID"},
	"CRI-O's monitor":                {"/kubepods.slice/crio-conmon-ID.scope", "crio-conmon-ID.scope", ""},
	"containerd without systemd":     {"/system.slice/kubepods-burstable-pod6ba7b810.slice:cri-containerd:ID", "system.slice", "ID"},
	"podman":                         {"/machine.slice/libpod-ID.scope", "libpod-ID.scope", "ID"},
	"podman, container group":        {"/machine.slice/libpod-ID.scope/container", "libpod-ID.scope", "ID"},
	"podman without systemd":         {"/libpod_parent/libpod-ID", "", "ID"},
	"podman of a user":               {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container", "libpod-ID.scope", "ID"},
	"podman's monitor":               {"/machine.slice/libpod-conmon-ID.scope", "libpod-conmon-ID.scope", ""},
	"quadlet":                        {"/system.slice/web.service/libpod-payload-ID", "web.service", "ID"},
	"quadlet, below":                 {"/system.slice/db.service/libpod-payload-ID/init.scope", "init.scope", "ID"},
	"quadlet, container group":       {"/system.slice/db.service/libpod-payload-ID/container", "db.service", "ID"},
	"quadlet of a user":              {"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/libpod-payload-ID", "web.service", "ID"},
	"quadlet's conmon":               {"/system.slice/db.service/runtime", "db.service", ""},
	"quadlet without an id":          {"/system.slice/db.service/libpod-payload-", "db.service", ""},
	"nerdctl":                        {"/system.slice/nerdctl-ID.scope", "nerdctl-ID.scope", "ID"},
	"nspawn":                         {"/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service", "web"},
	"nspawn by hand":                 {"/machine.slice/machine-web.scope", "machine-web.scope", "web"},
	"a virtual machine":              {`/machine.slice/machine-qemu\x2d1\x2dvm.scope`, `machine-qemu\x2d1\x2dvm.scope`, ""},
	"nspawn, escaped":                {`/machine.slice/machine-my\x2dbox.scope/payload`, `machine-my\x2dbox.scope`, "my-box"},
	"nspawn, escaped service":        {`/machine.slice/systemd-nspawn@my\x2dbox.service/payload/init.scope`, "init.scope", "my-box"},
	"nspawn, a service with hyphens": {"/machine.slice/systemd-nspawn@my-box.service", "systemd-nspawn@my-box.service", "my-box"},
	"nspawn, more escapes":           {`/machine.slice/machine-a.b\x5f1\x2D\xc3\xbc.scope`, `machine-a.b\x5f1\x2D\xc3\xbc.scope`, "a.b_1-ü"},
	"nspawn, ch":                     {`/machine.slice/machine-ch\x2dzurich.scope`, `machine-ch\x2dzurich.scope`, "ch-zurich"},
	"half an escape":                 {`/machine.slice/machine-my\x2.scope`, `machine-my\x2.scope`, ""},
	"a slash in a machine's name":    {`/machine.slice/machine-a\x2fb.scope`, `machine-a\x2fb.scope`, ""},
	"libvirt's lxc":                  {`/machine.slice/machine-lxc\x2d1234\x2ddb.scope`, `machine-lxc\x2d1234\x2ddb.scope`, "lxc-1234-db"},
	"libvirt's qemu":                 {`/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator`, `machine-qemu\x2d1\x2dvm.scope`, ""},
	"libvirt's qemu of a user":       {`/user.slice/user-1000.slice/machine-qemu\x2dalice\x2d3\x2dvm.scope`, `machine-qemu\x2dalice\x2d3\x2dvm.scope`, ""},
	"libvirt's cloud-hypervisor":     {`/machine.slice/machine-ch\x2d3\x2dvm.scope`, `machine-ch\x2d3\x2dvm.scope`, ""},
	"a backslash in lxc":             {`/lxc/my\x2dbox`, "", `my\x2dbox`},
	"lxc":                            {"/lxc/web", "", "web"},
	"lxc 4":                          {"/lxc.payload.web", "", "web"},
	"lxc, payload directory":         {"/lxc.payload/web", "", "web"},
	"a service in lxc":               {"/lxc.payload.web/system.slice/nginx.service", "nginx.service", "web"},
	"lxc's monitor":                  {"/lxc.monitor.web", "", ""},
	"ECS":                            {"/ecs/0123456789abcdef0123456789abcdef/ID", "", "ID"},
	"ECS, with the cluster":          {"/ecs/shop/0123456789abcdef0123456789abcdef/ID", "", "ID"},
	"ECS by systemd":                 {"/ecstasks.slice/ecstasks-0123456789abcdef0123456789abcdef.slice/docker-ID.scope", "docker-ID.scope", "ID"},
	"Fargate":                        {"/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-2495160603", "", "0123456789abcdef0123456789abcdef-2495160603"},
	"of another task":                {"/ecs/ffffffffffffffffffffffffffffffff/0123456789abcdef0123456789abcdef-2495160603", "", ""},
	"a task without a number":        {"/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-", "", ""},
	"63 digits":                      {"/docker/" + id[1:], "", ""},
	"65 digits":                      {"/docker/0" + id, "", ""},
	"not hexadecimal":                {"/docker/g" + id[1:], "", ""},
	"only prefixes":                  {"/docker-/libpod-.scope/systemd-nspawn@.service/machine-.scope/lxc.payload./lxc", "machine-.scope", ""},
	"without a slash in front":       {"system.slice/ssh.service", "ssh.service", ""},
	"with a slash behind":            {"/system.slice/ssh.service/", "ssh.service", ""},
	"names that are empty":           {"//system.slice//ssh.service//", "ssh.service", ""},
	"a name that only looks like it": {"/system.slice/docker-ID.scope.d", "system.slice", ""},
}

func TestOwnerOf(t *testing.T) {
	for name, tt := range owners {
		t.Run(name, func(t *testing.T) {
			got := OwnerOf([]byte(strings.ReplaceAll(tt.path, "ID", id)))
			assert.Equal(t, strings.ReplaceAll(tt.unit, "ID", id), string(got.Unit))
			assert.Equal(t, strings.ReplaceAll(tt.container, "ID", id), string(got.AppendContainer(nil)))
		})
	}
}

// TestRuntimeOf: the form of a group tells the runtime, where it is that of one only.
func TestRuntimeOf(t *testing.T) {
	for name, want := range map[string]string{
		"docker": "docker", "docker by systemd": "docker", "docker in docker": "docker", "kubepods": "", "kubepods, containerd": "containerd",
		"kubepods, CRI-O": "cri-o", "CRI-O without systemd": "cri-o", "containerd without systemd": "containerd",
		"podman of a user": "podman", "quadlet": "podman", "quadlet, below": "podman", "quadlet's conmon": "", "nerdctl": "containerd", "nspawn": "systemd-nspawn", "nspawn by hand": "systemd-nspawn",
		"lxc": "lxc", "a service in lxc": "lxc", "a service": "", "a virtual machine": "", "nspawn, escaped": "systemd-nspawn", "nspawn, escaped service": "systemd-nspawn",
		"libvirt's lxc": "", "libvirt's qemu": "", "libvirt's cloud-hypervisor": "", "CRI-O's monitor": "", "only prefixes": "",
	} {
		assert.Equal(t, want, OwnerOf([]byte(strings.ReplaceAll(owners[name].path, "ID", id))).Runtime, name)
	}
}

func TestNoAllocs(t *testing.T) {
	paths := make([][]byte, 0, len(owners))
	for _, tt := range owners {
		paths = append(paths, []byte(strings.ReplaceAll(tt.path, "ID", id)))
	}
	container := make([]byte, 0, 64)
	hosttest.NoAllocs(t, func() {
		for _, path := range paths {
			owner := OwnerOf(path)
			container = owner.AppendContainer(container[:0])
			Pod(path)
			Allocation(path)
		}
	})
}

// FuzzOwnerOf: what is found is a part of one name of the path, and an innermost one.
func FuzzOwnerOf(f *testing.F) {
	for _, tt := range owners {
		f.Add(strings.ReplaceAll(tt.path, "ID", id))
	}
	f.Fuzz(func(t *testing.T, path string) {
		o := OwnerOf([]byte(path))
		assert.False(t, bytes.ContainsRune(o.Unit, '/') || bytes.ContainsRune(o.Container, '/'))
		names := strings.Split(path, "/")
		unit := ""
		for _, name := range names { // The last one counts, and any other before a slice.
			if isUnit([]byte(name)) {
				unit = name
			}
		}
		if unit == "" {
			for _, name := range names {
				if strings.HasSuffix(name, ".slice") {
					unit = name
				}
			}
		}
		assert.Equal(t, unit, string(o.Unit))
		assert.Contains(t, path, string(o.Container))
	})
}
