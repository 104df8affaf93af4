import { expect, test } from 'vitest'
import { csv, placeAt, wayUntil, type Point } from './replay'

const way: Point[] = [
  { at: 0, position: [0, 0] }, { at: 10, position: [10, 0] }, { at: 30, position: [10, 40] },
]

test('somebody is evenly between two fixes, and nowhere before and after', () => {
  expect(placeAt(way, 5)).toEqual([5, 0])
  expect(placeAt(way, 20)).toEqual([10, 20])
  expect(placeAt(way, 30)).toEqual([10, 40])
  expect(placeAt(way, 31)).toBeNull()
  expect(placeAt([], 1)).toBeNull()
})

test('the driven way ends where they are', () => {
  expect(wayUntil(way, 20)).toEqual([[0, 0], [10, 0], [10, 20]])
  expect(wayUntil(way, -1)).toEqual([])
})

test('cells with commas and quotes are kept whole', () => {
  expect(csv([['a', 'b,"c"'], [1, 2]])).toBe('\ufeffa,"b,""c"""\r\n1,2\r\n')
})
