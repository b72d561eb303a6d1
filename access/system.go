package access

import "slices"

// The parts of Tenure that send commands by themselves. They name themselves as the system of the command's actor:
// nobody has rights by naming nothing.
const (
	Scheduler  = "scheduler"  // runs
	Provider   = "provider"   // the stand-in for PBX and mobile provider
	Demo       = "demo"       // the sample company
	Bench      = "bench"      // measurements
	Simulation = "simulation" // cases that are played without a log
)

// systems are all of them.
var systems = []string{Scheduler, Provider, Demo, Bench, Simulation}

// IsSystem reports whether a name is that of a part of Tenure.
func IsSystem(name string) bool { return slices.Contains(systems, name) }
