// Package path finds fastest paths exactly and fast: a customizable contraction
// hierarchy on the graph of package network.
//
// Three steps prepare it. [Dissect] orders the segments by nested dissection,
// separators last, from the shape of the network alone. [NewTopology] adds the
// shortcuts that this order needs, whatever the costs. [Topology.Customise]
// gives them their costs and drops those that no fastest path needs. A new set
// of costs repeats only the third step.
//
// [Search] walks from both ends up the elimination tree, in the order of the
// vertices, without a queue; [Hierarchy.Table] answers many to many with
// buckets. Both give the same costs as Dijkstra's algorithm on the graph.
//
// Sources: Dibbelt, Strasser and Wagner, Customizable Contraction Hierarchies
// (doi:10.1145/2886843); Buchhold, Wagner, Zeitz and Zündorf, Customizable
// Contraction Hierarchies with Turn Costs (doi:10.4230/OASIcs.ATMOS.2020.9);
// Schild and Sommer, On Balanced Separators in Road Networks
// (doi:10.1007/978-3-319-20086-6_22); Knopp et al., Computing Many-to-Many
// Shortest Paths Using Highway Hierarchies (doi:10.1137/1.9781611972870.4).
package path
