// Package search plans the visits of many vehicles.
//
// It is Slack Induction by String Removals (Christiaens and Vanden Berghe, 2020,
// DOI 10.1287/trsc.2019.0914): strings of neighbouring visits are taken out of
// neighbouring routes and put back greedily with blinks, under simulated
// annealing. A plan is feasible at every moment; a required visit that fits
// nowhere waits outside at a price above everything else.
//
// An insertion is judged in O(1) from the earliest departure and the latest
// arrival at every stop, which is exact for any number of windows. Where breaks,
// a maximum duty or the price of waiting matter, the exact clock of package vrp
// has the last word.
//
// Visits are added one by one, so a plan that is reached only by adding two at once,
// neither of which fits alone, is not found; pairs are added together.
//
// Where the problem is plain enough (one table, required visits of one window, one
// load), package genetic goes on from the first plans: from the whole plan, or, where it
// is large and its routes are long, from parts of it. What one vehicle is to serve as a
// whole is left to package tour.
//
// Several searches ("islands") run side by side and meet at fixed shares of the
// budget, so that a budget of iterations gives the same plan on any number of
// threads.
package search
