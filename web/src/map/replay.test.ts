import { expect, test } from 'vitest'
import { offRoute, placeAt, wayUntil, type Point } from './replay'

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
  expect(wayUntil(way, 20)).toEqual([[[0, 0], [10, 0], [10, 20]]])
  expect(wayUntil(way, 10)).toEqual([[[0, 0], [10, 0]]])
  expect(wayUntil(way, -1)).toEqual([])
})

// feature: G87
test('where nothing was heard for long is a gap, not a way', () => {
  const minute = 60_000
  const points: Point[] = [
    { at: 0, position: [0, 0] }, { at: minute, position: [0.01, 0] },
    { at: 31 * minute, position: [0.5, 0] }, { at: 32 * minute, position: [0.51, 0] },
    { at: 90 * minute, position: [0.5101, 0] }, // stood there
  ]
  expect(wayUntil(points, 90 * minute)).toEqual([
    [[0, 0], [0.01, 0]], [[0.5, 0], [0.51, 0], [0.5101, 0]],
  ])
  expect(wayUntil(points, 20 * minute)).toEqual([[[0, 0], [0.01, 0]]])
  expect(placeAt(points, 20 * minute)).toBeNull()
  expect(placeAt(points, minute)).toEqual([0.01, 0])
  expect(placeAt(points, 31 * minute)).toEqual([0.5, 0])
  expect(placeAt(points, 60 * minute)).not.toBeNull()
})

test('what lies aside of the plan is off the route, noise is not', () => {
  const plan: [number, number][] = [[0, 0], [0.1, 0]]
  const at = (lon: number, lat: number, k: number): Point => ({ at: k, position: [lon, lat] })
  const points = [at(0, 0.0005, 0), at(0.01, 0.003, 1), at(0.02, 0.004, 2), at(0.03, 0, 3),
    at(0.04, 0.01, 4), at(0.05, 0, 5), at(0.11, 0, 6), at(0.12, 0, 7)]
  expect(offRoute(points, plan, 150)).toEqual([
    [[0.01, 0.003], [0.02, 0.004]], // 330 m north; the lone fix at 0.04 makes no stretch
    [[0.11, 0], [0.12, 0]], // beyond the end
  ])
  expect(offRoute(points, [], 150)).toEqual([])
})

test('fixes that jump to and fro along the plan are on the route', () => {
  const plan: [number, number][] = Array.from({ length: 50 }, (_, i) => [i / 100, 0])
  const points = [3, 40, 41, 12, 0, 48].map((k, at): Point => ({ at, position: [k / 100 + 0.005, 0.0005] }))
  expect(offRoute(points, plan, 150)).toEqual([])
})
