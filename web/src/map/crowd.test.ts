import { expect, test } from 'vitest'
import { crowds, freshness } from './crowd'

const at = (person_id: number, lon: number, lat: number) =>
  ({ person_id, position: [lon, lat] as [number, number], age_s: 0 })

const team = [at(1, -75.55, 39.74), at(2, -75.551, 39.741), at(3, -75.1, 38.7), at(4, -75.55, 39.74)]

test('far out people are one mark, near by everybody has their own', () => {
  const ids = (zoom: number, selected: number | null = null) =>
    crowds(team, zoom, selected).map((c) => c.people.map((p) => p.person_id))
  expect(ids(9)).toEqual([[1, 2, 4], [3]])
  expect(ids(3)).toEqual([[1, 2, 3, 4]])
  expect(ids(15)).toEqual([[1, 4], [2], [3]])
  expect(ids(17)).toEqual([[1], [2], [3], [4]])
  expect(ids(9, 2)).toEqual([[1, 4], [2], [3]])
  expect(ids(9, 1)).toEqual([[1], [2, 4], [3]])
})

test('nobody is left out or shown twice', () => {
  const many = Array.from({ length: 200 }, (_, i) => at(i, -75 + ((i * 37) % 100) / 50, 39 + ((i * 61) % 100) / 70))
  for (const zoom of [2, 6.5, 9, 12, 14]) {
    const ids = crowds(many, zoom, 7).flatMap((c) => c.people.map((p) => p.person_id))
    expect(ids.sort((a, b) => a - b)).toEqual(many.map((p) => p.person_id))
  }
})

// feature: Y35
test('an old position is never of now', () => {
  expect(freshness([{ age_s: 5, fresh: true }])).toBe('now')
  expect(freshness([{ age_s: 300, fresh: true }])).toBe('recent')
  expect(freshness([{ age_s: 5, fresh: false }])).toBe('old')
  expect(freshness([{ age_s: 900, fresh: false }, { age_s: 300, fresh: true }])).toBe('recent')
  expect(freshness([])).toBe('old')
})
