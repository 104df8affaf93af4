import { describe, expect, test } from 'vitest'
import type { Day, Stop } from '../api/types'
import { bestPlaces, question } from './slots'

const stop = (name: string, more: Partial<Stop> = {}) =>
  ({ name, position: [1, 2], service_minutes: 10, windows: [], state: 'planned', locked: false, ...more }) as Stop
const day = (person: number, ...stops: Stop[]) => ({
  person_id: person, date: '2026-11-23', stops, shift: { start: '08:30', end: '17:30' },
  start: { kind: 'home', point: [3, 4] }, end: { kind: 'home', point: null },
}) as unknown as Day

describe('the best places for a visit', () => {
  const days = [
    day(7, stop('a', { state: 'done' }), stop('skipped', { state: 'skipped' }), stop('b'), stop('c', { locked: true })),
    day(8, stop('nowhere', { position: null }), stop('d')),
  ]

  test('driven stops are locked, locked ones pinned, skipped and placeless ones left out', () => {
    const q = question(stop('new', { service_minutes: 25 }), days, 'Asia/Shanghai')
    expect(q.previous).toEqual([{ person_id: 7, visits: [1, 2, 3] }, { person_id: 8, visits: [4] }])
    expect(q.people!.map((p) => p.locked)).toEqual([[1], []])
    expect(q.people!.map((p) => p.pins)).toEqual([[{ visit_id: 3, position: 2 }], []])
    expect(q.people![0]).toMatchObject({ start: [3, 4], shift: { open: '2026-11-23T00:30:00.000Z' } })
    expect(q.people![0]!.end).toBeUndefined()
    expect(q.visit_id).toBe(5)
    expect(q.visits![4]).toMatchObject({ id: 5, service_s: 1500 })
  })

  test('a place is told by the stop before it, and not in the past', () => {
    const slot = (person_id: number, position: number, begin: string) =>
      ({ person_id, position, begin, drive_s: 60, distance_m: 900 })
    const found = bestPlaces([
      slot(7, 0, '2026-11-23T01:00:00Z'), slot(7, 2, '2026-11-23T03:00:00Z'), slot(8, 0, '2026-11-23T03:00:00Z'),
      slot(8, 1, '2026-11-23T04:00:00Z'), slot(7, 3, '2026-11-23T05:00:00Z'),
    ], days, Date.parse('2026-11-23T02:00:00Z'))
    expect(found.map((x) => [x.day.person_id, x.at, x.after?.name ?? null]))
      .toEqual([[7, 3, 'b'], [8, 0, null], [8, 2, 'd']])
  })
})
