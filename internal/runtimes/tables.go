// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package runtimes

// containerRuntime is one row: a runtime and what it leaves in its containers.
type containerRuntime struct {
	name string
	// proof is what no other leaves there. Of files and variables it takes a namespace beside it: see isWeak.
	proof []clue
	// hint is what may be from an image, from another container or from anybody's hand. It counts where nothing is proven.
	hint []clue
	// id is where the id of the container stands, beside the path of its cgroup.
	id []clue
}

// network are the files of a container that its runtime mounts one by one. They belong to the network: containers that
// share one, as those of a pod do, have those of the first of them.
var network = []string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}

// containerRuntimes are tried in this order, all for proof first.
var containerRuntimes = [...]containerRuntime{
	{ // CRI-O and podman keep their files in the same way; only one of them makes pods of Kubernetes.
		name: "cri-o",
		proof: []clue{
			{ask: groupOf("cri-o")},
			{at: network, of: "*-containers/ID/userdata/NAME", ask: inPod},
		},
	},
	{
		name: "podman",
		proof: []clue{
			{ask: groupOf("podman")},
			{at: network, of: "*-containers/ID/userdata/NAME"},
			{at: []string{"/run/.containerenv"}, of: "*-containers/ID/userdata/NAME"},
			{file: "run/.containerenv", says: `engine="podman`}, // Only in privileged containers.
		},
		hint: []clue{{file: "run/.containerenv"}, {variable: "container", value: "podman"}, manager("podman")},
		id: []clue{
			{file: "run/.containerenv", says: `engine="podman`, ask: idInContainerenv},
			{at: []string{"/run/.containerenv"}, of: "*-containers/{ID}/userdata/NAME", shared: true},
			{at: network, of: "*-containers/{ID}/userdata/NAME", shared: true},
		},
	},
	{
		name: "docker",
		proof: []clue{
			{ask: groupOf("docker")},
			{at: network, of: "containers/ID/NAME"},
		},
		hint: []clue{{file: ".dockerenv"}, {variable: "container", value: "docker"}, manager("docker")},
		id:   []clue{{at: network, of: "containers/{ID}/NAME", shared: true}},
	},
	{
		name: "containerd",
		proof: []clue{
			{ask: groupOf("containerd")},
			{at: network, of: "sandboxes/ID/NAME"},       // Kubernetes.
			{at: network, of: "containers/NAME/ID/NAME"}, // nerdctl.
		},
		hint: []clue{{ask: rootOfSnapshotter}},
		id:   []clue{{at: network, of: "containers/NAME/{ID}/NAME", shared: true}},
	},
	{
		name:  "incus",
		proof: []clue{{file: "dev/incus/sock"}, {at: []string{"/dev/.incus-mounts"}}},
		id:    []clue{{at: []string{"/dev/.incus-mounts"}, of: "{NAME}"}},
	},
	{
		name:  "lxd",
		proof: []clue{{file: "dev/lxd/sock"}, {at: []string{"/dev/.lxd-mounts"}}},
		id:    []clue{{at: []string{"/dev/.lxd-mounts"}, of: "{NAME}"}},
	},
	{
		name: "systemd-nspawn",
		proof: []clue{
			{ask: groupOf("systemd-nspawn")},
			{at: nspawnTunnels, of: "nspawn/propagate/NAME"},
			{file: "run/host/container-manager", says: "systemd-nspawn"},
		},
		hint: []clue{{variable: "container", value: "systemd-nspawn"}, manager("systemd-nspawn")},
		id:   []clue{{at: nspawnTunnels, of: "nspawn/propagate/{NAME}"}},
	},
	{
		name: "lxc",
		proof: []clue{
			{ask: groupOf("lxc")},
			{at: []string{bootID}, of: ".lxc-boot-id"},
		},
		hint: []clue{{file: "dev/.lxc-boot-id"}, {variable: "container", value: "lxc"}, manager("lxc")},
	},
}

// nspawnTunnels are where systemd-nspawn mounts the directory through which machinectl bind reaches into a container: in
// systemd 246 and later, and before.
var nspawnTunnels = []string{"/run/host/incoming", "/run/systemd/nspawn/incoming"}

// bootID is where LXC mounts a number of its own for each start of a container.
const bootID = "/proc/sys/kernel/random/boot_id"

// manager is what systemd as the first process of a container writes down of the one who has started it: the variable
// container of its environment. See https://systemd.io/CONTAINER_INTERFACE/.
//
// The line is compared whole: libvirt's lxc-libvirt is not lxc.
func manager(name string) clue { return clue{file: "run/systemd/container", says: name + "\n"} }

// orchestrator is one row: who places containers, and where it says what of them.
type orchestrator struct {
	name  string
	proof []clue
	// What stands for the workload, the most reliable first.
	workloadID, workloadName, namespace, containerName []clue
	// containerID is where the container's id stands, beside what its runtime leaves.
	containerID []clue
}

// Variables with the address of the task metadata endpoint of Amazon ECS. The endpoint is not contacted.
const (
	ecsURI4 = "ECS_CONTAINER_METADATA_URI_V4"
	ecsURI3 = "ECS_CONTAINER_METADATA_URI"
)

const serviceAccount = "var/run/secrets/kubernetes.io/serviceaccount/"

// Files that the kubelet mounts into each container.
var (
	kubeletHosts   = []string{"/etc/hosts"}
	terminationLog = []string{"/dev/termination-log"}
)

// podClues are what the kubelet leaves in each container of a pod.
var podClues = []clue{
	{at: kubeletHosts, of: "pods/UID/etc-hosts"},
	{at: terminationLog, of: "pods/UID/containers/NAME/NAME"},
	{file: serviceAccount + "namespace"},
	{variable: "KUBERNETES_SERVICE_HOST"},
	{ask: podOfGroup},
}

// Where a pod's identity stands. The variables are those that manifests commonly fill by the downward API.
var (
	podUID = []clue{
		{at: kubeletHosts, of: "pods/{UID}/etc-hosts"},
		{at: terminationLog, of: "pods/{UID}/containers/NAME/NAME"},
		{ask: podOfGroup},
		{variable: "K8S_POD_UID"},
		{variable: "POD_UID"},
		{variable: "KUBERNETES_POD_UID"},
		{variable: "MY_POD_UID"},
	}
	podName = []clue{
		{variable: "K8S_POD_NAME"},
		{variable: "POD_NAME"},
		{variable: "KUBERNETES_POD_NAME"},
		{variable: "MY_POD_NAME"},
		// In the host's network the host's name is that of the node, and the header says "(host network)".
		{file: "etc/hosts", says: "# Kubernetes-managed hosts file.\n", ask: wholeHostname},
	}
	podNamespace = []clue{
		{file: serviceAccount + "namespace"},
		{variable: "K8S_NAMESPACE_NAME"},
		{variable: "K8S_NAMESPACE"},
		{variable: "K8S_POD_NAMESPACE"},
		{variable: "POD_NAMESPACE"},
		{variable: "KUBERNETES_NAMESPACE"},
		{variable: "MY_POD_NAMESPACE"},
	}
	podContainer = []clue{
		{at: terminationLog, of: "pods/UID/containers/{NAME}/NAME"},
		{variable: "K8S_CONTAINER_NAME"},
		{variable: "MY_CONTAINER_NAME"},
	}
)

// orchestrators are tried in this order.
var orchestrators = [...]orchestrator{
	{ // Kubernetes with additions: the authority of its services is beside every token, and its builds say what they are.
		name: "openshift",
		proof: []clue{
			{file: serviceAccount + "service-ca.crt", ask: inPod},
			{variable: "OPENSHIFT_BUILD_NAME", ask: inPod},
			{variable: "OPENSHIFT_DEPLOYMENT_NAME", ask: inPod},
		},
		workloadID: podUID, workloadName: podName, namespace: podNamespace, containerName: podContainer,
	},
	{
		name: "kubernetes", proof: podClues,
		workloadID: podUID, workloadName: podName, namespace: podNamespace, containerName: podContainer,
	},
	{
		name: "nomad",
		proof: []clue{
			{variable: "NOMAD_ALLOC_ID", outside: true}, // Its driver raw_exec does not isolate.
			{at: []string{"/alloc"}, of: "alloc/UID/alloc"},
			{ask: allocationOfGroup},
		},
		workloadID: []clue{
			{variable: "NOMAD_ALLOC_ID"},
			{at: []string{"/alloc"}, of: "alloc/{UID}/alloc"},
			{ask: allocationOfGroup},
		},
		workloadName:  []clue{{variable: "NOMAD_ALLOC_NAME"}, {variable: "NOMAD_JOB_NAME"}},
		namespace:     []clue{{variable: "NOMAD_NAMESPACE"}},
		containerName: []clue{{variable: "NOMAD_TASK_NAME"}, {at: []string{"/local"}, of: "UID/{NAME}/local"}, {ask: taskOfGroup}},
	},
	{ // Amazon ECS, on Fargate, on EC2 and elsewhere.
		name: "ecs",
		proof: []clue{
			{ask: ecsTaskOfGroup},
			{ask: ecsMetadata("metadata/{UID}/NAME")}, // Of older agents.
			{ask: ecsMetadata("metadata/NAME/{UID}/NAME")},
			{variable: ecsURI4},
			{variable: ecsURI3},
		},
		workloadID: []clue{
			{ask: ecsTaskOfGroup},
			{ask: ecsMetadata("{UID}/NAME")},
			{variable: ecsURI4, ask: ecsTaskOf(ecsURI4)},
			{variable: ecsURI3, ask: ecsTaskOf(ecsURI3)},
		},
		containerName: []clue{{ask: ecsMetadata("UID/{NAME}")}},
		containerID: []clue{
			{variable: ecsURI4, ask: ecsContainerOf(ecsURI4)},
			{variable: ecsURI3, ask: ecsContainerOf(ecsURI3)},
			{ask: idOfHostname},
		},
	},
}

// Files are the files that tell, by their names below our own root.
func Files() []string {
	return named(func(c *clue) string { return c.file })
}

// Variables are the variables of our own environment that tell.
func Variables() []string {
	return named(func(c *clue) string { return c.variable })
}

// named are the names that the clues of all tables have, each once.
func named(of func(*clue) string) (names []string) {
	known := map[string]bool{"": true}
	for _, clues := range allClues() {
		for i := range clues {
			if name := of(&clues[i]); !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

func allClues() (all [][]clue) {
	for i := range containerRuntimes {
		r := &containerRuntimes[i]
		all = append(all, r.proof, r.hint, r.id)
	}
	for i := range orchestrators {
		o := &orchestrators[i]
		all = append(all, o.proof, o.workloadID, o.workloadName, o.namespace, o.containerName, o.containerID)
	}
	return all
}
