// Package match finds the roads on which a series of positions was driven.
//
// # Method
//
// A hidden Markov model after Newson and Krumm, Hidden Markov Map Matching Through
// Noise and Sparseness (doi:10.1145/1653771.1653818). The candidates of a fix are
// the directed places on the road near it, out of the network's own index. That a
// fix was taken at a candidate is as likely as the distance under a normal
// distribution; that a car went from one candidate to the next is as likely as the
// difference between the distance by road and that through the air under an
// exponential one. The Viterbi algorithm finds the likeliest chain.
//
// Distances by road come from one bounded search a candidate, by length, over the
// same states as everywhere else: one-way streets, turn restrictions and private
// zones hold between two fixes. Beyond the paper:
//
//   - Candidates have a direction, so that a chain does not turn round at will. To
//     turn round between two fixes is possible on any street and costs as much as a
//     few metres of noise cost often ([Options].UTurn).
//   - A car that seems to creep backwards by less than the noise stands still.
//   - Candidates whose chain is hopeless are not searched from (a beam).
//   - A fix that no chain can reach is left out; after several of them, or a pause
//     longer than [Options].MaxGap, a new stretch begins.
//   - The scale of the second distribution grows with the time between two fixes, as
//     in the paper's table.
//
// # Answers
//
// [Matcher.Match] answers for a whole series. [Stream] takes fixes one by one and
// tells each as soon as no later fix can change it, at the latest after
// [Options].Lag fixes. Both give the same chain where the lag is not reached.
//
// The confidence of a stretch is the share of the probability (forward–backward
// over the same model) that lies on the roads of the answer, averaged over its
// fixes.
package match
