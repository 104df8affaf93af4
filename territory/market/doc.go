// Package market says where one could still sell, and to whom.
//
// It puts together what package white needs: the shops that the map names (package
// geo/poi), the company's customers, files of people or of potential by cell, and the
// weights that the company gives to each. Of that it makes white space by cell, named
// prospects, and what is left to sell in every salesperson's own ground.
//
// Promises:
//
//   - A cell is covered by active customers only; prospects, dormant and lost ones
//     do not count.
//   - A shop is a prospect when no customer of any status goes by its name at its
//     place (white.Matcher), nobody dismissed it, and no customer was made of it.
//   - A prospect becomes at most one customer, however often and by however many it
//     is asked for; its owner is whose ground it lies in.
//   - The ground is the territories in force; where there is none, it is that of the
//     owner of the nearest customer within 10 km.
//   - Who sees part of the company sees the cells and prospects of the ground of these
//     people. Whether a cell is white is the company's figure; customers are counted
//     and named only as far as the caller sees them.
//
// Everything is held in memory and kept in step with the database, the regions and the
// index of customers: before each answer it is compared what has changed, and only
// that is added or taken away. 100,000 shops take about 60 MB.
package market
