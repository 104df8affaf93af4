import { describe, expect, test } from 'vitest'
import { circle, distance, mostCorners, read, simplify, spell, type Ring } from './ring'

describe('rings', () => {
  test('a circle keeps its distance, also far north', () => {
    for (const centre of [[114.06, 22.54], [-75.5, 39.1], [25.7, 66.5]] as const) {
      for (const corner of circle([centre[0], centre[1]], 3000)) {
        expect(distance([centre[0], centre[1]], corner)).toBeCloseTo(3000, 3)
      }
    }
  })
  test('a long lasso comes down to what the server takes and keeps its corners', () => {
    const square: Ring = []
    for (let i = 0; i < 400; i++) square.push([i / 400, 0])
    for (let i = 0; i < 400; i++) square.push([1, i / 400])
    for (let i = 0; i < 400; i++) square.push([1 - i / 400, 1])
    for (let i = 0; i < 400; i++) square.push([0, 1 - i / 400])
    const few = simplify(square)
    expect(few.length).toBeLessThanOrEqual(mostCorners)
    for (const corner of [[0, 0], [1, 0], [1, 1], [0, 1]]) expect(few).toContainEqual(corner)
    expect(simplify(square, mostCorners, 1e-9)).toHaveLength(4)
  })
  test('a triangle stays', () => {
    expect(simplify([[0, 0], [1, 0], [0, 1]], 3, 10)).toHaveLength(3)
  })
  test('the address and back', () => {
    const ring: Ring = [[114.05, 22.5], [114.1, 22.5], [114.1, 22.6]]
    expect(read(spell(ring))).toEqual(ring)
    for (const bad of ['', '1,2', '1,2;3,4', '1,2;3,4;x,5', '1,2;3,4;500,5']) {
      expect(read(bad)).toBeNull()
    }
  })
})
