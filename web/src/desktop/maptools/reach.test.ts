import { describe, expect, test } from 'vitest'
import { outline } from './reach'

describe('the outline of where one gets to', () => {
  const square = (at: number, side: number) =>
    [[at, at], [at + side, at], [at + side, at + side], [at, at + side], [at, at]]
  test('of several pieces the largest counts, holes are filled', () => {
    const ring = outline({
      type: 'MultiPolygon',
      coordinates: [[square(10, 1)], [square(0, 5), square(1, 1)], [square(20, 2)]],
    })
    expect(ring).toEqual([[0, 0], [5, 0], [5, 5], [0, 5]])
  })
  test('of nothing there is no ring', () => {
    expect(outline({ type: 'MultiPolygon', coordinates: [] })).toEqual([])
  })
})
