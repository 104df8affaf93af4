// Package catalogue keeps the products that are sold: what they are, in which
// unit, under which category, at which list price and tax.
//
// Promises:
//
//   - A product's code is the prefix of its category and a running number; it is
//     unique and never given twice, under any concurrency.
//   - No two products have the same name, specification and unit.
//   - Categories are a tree of any depth; moving a category moves what is below
//     it, and nothing ever stands below itself. The count of a category is what
//     lies in it and in everything below.
//   - Products are not deleted: inactive ones stay in old documents and cannot be
//     ordered.
//   - Prices are minor units with the tax included; PricedAt says since when the
//     price holds, and moves only when the price does.
package catalogue
