// Package guide says what a driver has to do at a junction: as one of OSRM's types
// and modifiers of manoeuvres, and as a sentence in English or Chinese.
//
//	Junction ── At ──> Maneuver ── Text ──> "Turn left onto Rua do Carmo"
//
// [At] judges one junction by what the driver sees there: the road behind, the road
// ahead and the other roads that could be taken, with their angles, classes and
// names. It says nothing where everybody would go on without being told. Roundabouts
// are counted by the caller, who drives through them.
//
// What it does not know: lanes, signposts and numbers of exits. Two turns a few
// metres apart, as across a central reservation, are told one by one.
//
// Source of the types and modifiers: https://project-osrm.org/docs/v5.24.0/api/
package guide
