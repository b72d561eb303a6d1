package access

// Level is a published access level. Levels are ordered: a higher one is greater.
type Level int

// The published levels. The zero Level is none of them and below all.
const (
	Unknown Level = iota
	NoLogin
	Personal
	Viewer
	Manager
	Owner
	Reseller
	ResellerAdmin
	Admin
)

// names are the published names in the order of the levels.
var names = [...]string{"", "NO_LOGIN", "PERSONAL", "VIEWER", "MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"}

// String returns the published name; of Unknown it is empty.
func (l Level) String() string {
	if l < Unknown || l > Admin {
		return ""
	}
	return names[l]
}

// ParseLevel returns the level of a published name, and whether there is one. Names are exact: "admin" is none.
func ParseLevel(name string) (Level, bool) {
	for l := NoLogin; l <= Admin; l++ {
		if names[l] == name {
			return l, true
		}
	}
	return Unknown, false
}

// LevelOf returns the level of a name; a name that is not published gives Unknown, which may do nothing.
func LevelOf(name string) Level {
	l, _ := ParseLevel(name)
	return l
}

// Levels lists the published levels, lowest first.
func Levels() []Level {
	all := make([]Level, 0, Admin)
	for l := NoLogin; l <= Admin; l++ {
		all = append(all, l)
	}
	return all
}

// LevelNames lists the names of the published levels, lowest first.
func LevelNames() []string { return append([]string(nil), names[NoLogin:]...) }
