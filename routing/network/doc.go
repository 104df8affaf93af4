// Package network is the road graph: read from an extract under a profile,
// compressed, kept in one mapped file.
//
// # Words
//
// A piece is the stretch between two neighbouring nodes of a way. A junction is
// a node where one can choose, must wait or may be forbidden something. A
// segment is the chain of pieces between two junctions; nodes of degree two
// disappear into it. An arc is a segment in one direction: arc 2s runs as
// segment s is drawn, 2s+1 against it. A state is an arc together with what
// must be remembered there: the way taken into a restriction over several
// ways, and whether a private zone is being left or entered. The states are
// the vertices of the graph that is searched, the permitted turns its arcs.
//
// # Costs
//
// A cost is a [Cost]: milliseconds in the upper half, centimetres in the
// lower, so that one addition adds both and one comparison orders by time and
// then by length. All costs are sums of whole costs of pieces and turns; they
// are the same whichever way they are added up.
//
// # Rules
//
//   - A turn costs time by its angle at nodes of three or more roads, as in
//     OSRM's car profile; passing a traffic signal costs more.
//   - One may turn round only where there is no other way on.
//   - A private road is only used at the beginning or the end of a way. A
//     public road that can only be reached over private ones is private too.
//
// The segment index, a packed R-tree in Hilbert order (Roussopoulos and
// Leifker 1985; Kamel and Faloutsos 1993), lies in the same file.
package network
