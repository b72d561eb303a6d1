package embedded

import (
	"crypto/rand"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// nobodyID is the unprivileged user that every Linux has; it is used where
// /etc/passwd names no "nobody".
const nobodyID = 65534

// identities lists the users to try, best first. An ordinary user with a name
// needs nothing. Otherwise a user namespace, in which we appear as nobody,
// keeps our files and our reach and works below a 0700 home. Where namespaces
// are refused (as in many containers), root can become nobody for real.
func identities() []identity {
	uid := os.Geteuid()
	if _, err := user.LookupId(strconv.Itoa(uid)); uid != 0 && err == nil {
		return []identity{self()}
	}
	ids := []identity{namespaced(uid, os.Getegid())}
	if uid == 0 {
		ids = append(ids, nobody(false), nobody(true))
	}
	return ids
}

// namespaced appears as nobody inside a user namespace, while files keep us as
// their owner outside of it.
func namespaced(uid, gid int) identity {
	inside := nobodyUser()
	return identity{
		name:  "nobody in a user namespace",
		owner: uid,
		place: serverDir,
		attr: func() *syscall.SysProcAttr {
			return &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER,
				UidMappings: []syscall.SysProcIDMap{{ContainerID: inside, HostID: uid, Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{ContainerID: inside, HostID: gid, Size: 1}},
			}
		},
	}
}

// nobody drops root's rights for real. elsewhere puts the files where nobody
// can reach them; the state directory notes where. The name is new each time,
// so that a state directory that was removed and made again starts empty.
func nobody(elsewhere bool) identity {
	uid := nobodyUser()
	id := identity{
		name:  "nobody",
		owner: uid,
		place: serverDir,
		attr: func() *syscall.SysProcAttr {
			return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		},
	}
	if elsewhere {
		id.elsewhere = true
		id.name = "nobody, with its files below " + unprivilegedRoot
		id.place = func(string) string { return filepath.Join(unprivilegedRoot, "data-"+rand.Text()) }
	}
	return id
}

func nobodyUser() int {
	if known, err := user.Lookup("nobody"); err == nil {
		if uid, err := strconv.Atoi(known.Uid); err == nil && uid != 0 {
			return uid
		}
	}
	return nobodyID
}
