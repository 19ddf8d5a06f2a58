// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import "slices"

// nfs3Procedures are the procedures of NFSv3 by number.
//
// Source: RFC 1813, 3 "Server Procedures". PATHCONF and the others are in the kernel's include/uapi/linux/nfs3.h.
var nfs3Procedures = []string{
	"NULL", "GETATTR", "SETATTR", "LOOKUP", "ACCESS", "READLINK", "READ", "WRITE", "CREATE", "MKDIR", "SYMLINK", "MKNOD",
	"REMOVE", "RMDIR", "RENAME", "LINK", "READDIR", "READDIRPLUS", "FSSTAT", "FSINFO", "PATHCONF", "COMMIT",
}

// nfs4Procedures are the procedures of NFSv4 by number. Source: RFC 7530, 15.
var nfs4Procedures = []string{"NULL", "COMPOUND"}

// nfs4ClientOrder is one order in which the Linux client numbers its operations of NFSv4, and the counts of operations of
// the kernels that have it. A kernel with a lower count has the start of the list.
type nfs4ClientOrder struct {
	counts []int
	names  []string
}

// nfs4ClientOrders are the orders of Linux 3.2 and later.
//
// Source: include/linux/nfs4.h, NFSPROC4_CLNT_NULL and following. Its comment allows only appending, but operations were
// inserted: FSID_PRESENT in 3.13, LOOKUPP in 4.15 (moved to the end later), COPY_NOTIFY in 5.5 (moved to the end in 5.6),
// ZERO_RANGE in 6.16. Kernels without CONFIG_NFS_V4_1 count 37 or 38 operations, those without CONFIG_NFS_V4_2 up to 54.
var nfs4ClientOrders = func() []nfs4ClientOrder {
	join := slices.Concat[[]string]
	var (
		lookup = []string{
			"NULL", "READ", "WRITE", "COMMIT", "OPEN", "OPEN_CONFIRM", "OPEN_NOATTR", "OPEN_DOWNGRADE", "CLOSE", "SETATTR", "FSINFO",
			"RENEW", "SETCLIENTID", "SETCLIENTID_CONFIRM", "LOCK", "LOCKT", "LOCKU", "ACCESS", "GETATTR", "LOOKUP",
		}
		lookupp = []string{"LOOKUPP"}
		secinfo = []string{
			"LOOKUP_ROOT", "REMOVE", "RENAME", "LINK", "SYMLINK", "CREATE", "PATHCONF", "STATFS", "READLINK", "READDIR",
			"SERVER_CAPS", "DELEGRETURN", "GETACL", "SETACL", "FS_LOCATIONS", "RELEASE_LOCKOWNER", "SECINFO",
		}
		fsidPresent = []string{"FSID_PRESENT"}
		minor1      = []string{
			"EXCHANGE_ID", "CREATE_SESSION", "DESTROY_SESSION", "SEQUENCE", "GET_LEASE_TIME", "RECLAIM_COMPLETE", "LAYOUTGET",
			"GETDEVICEINFO", "LAYOUTCOMMIT", "LAYOUTRETURN", "SECINFO_NO_NAME", "TEST_STATEID", "FREE_STATEID", "GETDEVICELIST",
			"BIND_CONN_TO_SESSION", "DESTROY_CLIENTID",
		}
		deallocate    = []string{"SEEK", "ALLOCATE", "DEALLOCATE"}
		zeroRange     = []string{"ZERO_RANGE"}
		clone         = []string{"LAYOUTSTATS", "CLONE", "COPY"}
		offloadCancel = []string{"OFFLOAD_CANCEL"}
		layoutError   = []string{"LOOKUPP", "LAYOUTERROR"}
		copyNotify    = []string{"COPY_NOTIFY"}
		readPlus      = []string{"GETXATTR", "SETXATTR", "LISTXATTRS", "REMOVEXATTR", "READ_PLUS"}
		offloadStatus = []string{"OFFLOAD_STATUS"}

		minor0 = join(lookup, secinfo, fsidPresent)
		minor2 = join(minor0, minor1, deallocate, clone)
	)
	return []nfs4ClientOrder{
		{[]int{37, 51, 52, 53}, join(lookup, secinfo, minor1)}, // 3.2 to 3.12
		{[]int{38, 54, 55, 56, 57, 58, 59, 60}, minor2},        // 3.13 to 4.14
		{[]int{61}, join(lookup, lookupp, secinfo, fsidPresent, minor1, deallocate, clone)},
		{[]int{61}, join(minor2, lookupp)},
		{[]int{62, 63, 64, 68, 69}, join(minor2, offloadCancel, layoutError, copyNotify, readPlus)}, // 4.19 to 6.15, but for 5.5
		{[]int{64}, join(minor2, offloadCancel, copyNotify, layoutError)},                           // 5.5
		{[]int{71}, join(minor0, minor1, deallocate, zeroRange, clone, offloadCancel, layoutError, copyNotify, // 6.16
			readPlus, offloadStatus)},
	}
}()

// nfs4ClientOperations returns the names of the first operations of a kernel that counts so many: all of them where the
// count says which order the kernel has, else those before the first one in which the orders that it may have differ. A
// count that no known kernel has may come with any order.
func nfs4ClientOperations(count int) []string {
	var names []string
	for i := range nfs4ClientOrders {
		if order := &nfs4ClientOrders[i]; slices.Contains(order.counts, count) {
			names = commonStart(names, order.names[:count])
		}
	}
	if names != nil {
		return names
	}
	for i := range nfs4ClientOrders {
		names = commonStart(names, nfs4ClientOrders[i].names)
	}
	return names
}

// commonStart returns the names with which both lists start. A list that is nil starts with any.
func commonStart(a, b []string) []string {
	if a == nil {
		return b
	}
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return a[:same]
}

// nfs4ServerOperations are the operations of NFSv4 by their numbers in the protocol, of which 0 to 2 are not used. The
// server counts by these numbers, which no kernel can change, so a lower count has the start of the list.
//
// Source: RFC 7530, 16; RFC 8881, 18; RFC 7862, 15; RFC 8276, 8. include/linux/nfs4.h, nfs_opnum4.
var nfs4ServerOperations = []string{
	"", "", "", "ACCESS", "CLOSE", "COMMIT", "CREATE", "DELEGPURGE", "DELEGRETURN", "GETATTR", "GETFH", "LINK", "LOCK",
	"LOCKT", "LOCKU", "LOOKUP", "LOOKUPP", "NVERIFY", "OPEN", "OPENATTR", "OPEN_CONFIRM", "OPEN_DOWNGRADE", "PUTFH",
	"PUTPUBFH", "PUTROOTFH", "READ", "READDIR", "READLINK", "REMOVE", "RENAME", "RENEW", "RESTOREFH", "SAVEFH", "SECINFO",
	"SETATTR", "SETCLIENTID", "SETCLIENTID_CONFIRM", "VERIFY", "WRITE", "RELEASE_LOCKOWNER",
	// NFSv4.1.
	"BACKCHANNEL_CTL", "BIND_CONN_TO_SESSION", "EXCHANGE_ID", "CREATE_SESSION", "DESTROY_SESSION", "FREE_STATEID",
	"GET_DIR_DELEGATION", "GETDEVICEINFO", "GETDEVICELIST", "LAYOUTCOMMIT", "LAYOUTGET", "LAYOUTRETURN",
	"SECINFO_NO_NAME", "SEQUENCE", "SET_SSV", "TEST_STATEID", "WANT_DELEGATION", "DESTROY_CLIENTID", "RECLAIM_COMPLETE",
	// NFSv4.2.
	"ALLOCATE", "COPY", "COPY_NOTIFY", "DEALLOCATE", "IO_ADVISE", "LAYOUTERROR", "LAYOUTSTATS", "OFFLOAD_CANCEL",
	"OFFLOAD_STATUS", "READ_PLUS", "SEEK", "WRITE_SAME", "CLONE",
	// Extended attributes.
	"GETXATTR", "SETXATTR", "LISTXATTRS", "REMOVEXATTR",
}
