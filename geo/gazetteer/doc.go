// Package gazetteer finds places by name and names by place: settlements,
// streets, house numbers and landmarks of one region, from its OpenStreetMap
// extract.
//
// [Build] writes the region's file, [Open] reads it into memory: about 150 bytes
// a name and 12 a vertex of the streets. [Gazetteer.Search] answers what a person
// types, word by word and unfinished, in Latin or Chinese script.
// [Gazetteer.Reverse] answers where a point is: the house, the street, the town,
// the state. [Gazetteer.Districts] are the administrative areas themselves, and
// [Gazetteer.Barriers] what parts the ground: rivers, canals, motorways.
//
// Names are as people there write them, in English and in Chinese where
// OpenStreetMap knows; the caller chooses the language of the answer.
package gazetteer
