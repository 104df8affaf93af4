import { describe, expect, test } from 'vitest'
import type { LivePosition } from '../../api/types'
import { aged } from '../../api/positions'
import { merge, positionsOf } from './useLivePositions'

const at = (person_id: number, time: string, lon = 0): LivePosition => ({
  person_id, name: `P${person_id}`, position: [lon, 0], at: time, accuracy_m: 5, fresh: true, on_duty: true,
  age_s: 3, color_index: 0, course_deg: null, speed_kmh: null, team_name: '',
})

describe('live positions', () => {
  test('a notice may carry one, several, or none', () => {
    expect(positionsOf(at(1, '2026-11-23T10:00:00Z'))).toHaveLength(1)
    expect(positionsOf({ positions: [at(1, '2026-11-23T10:00:00Z'), { person_id: 2 }] })).toHaveLength(1)
    expect(positionsOf({ people: [1] })).toEqual([])
    expect(positionsOf(null)).toEqual([])
  })
  test('the newer one stands, a late one does not turn time back', () => {
    const old = [at(1, '2026-11-23T10:00:00Z'), at(2, '2026-11-23T10:00:00Z')].map((p) => ({ ...p, read: 0 }))
    const next = merge(old, [at(1, '2026-11-23T10:00:05Z', 1), at(2, '2026-11-23T09:59:00Z', 1)], 5000)
    expect(next.map((p) => p.position[0])).toEqual([1, 0])
  })
  test('whoever is silent grows stale while others move', () => {
    const start = [at(1, '2026-11-23T10:00:00Z'), at(2, '2026-11-23T10:00:00Z')].map((p) => ({ ...p, read: 0 }))
    let all = start
    for (let s = 60; s <= 660; s += 60) { // a minute each, and only the first of them moves
      all = merge(all, [{ ...at(1, `2026-11-23T11:${10 + s / 60}:00Z`), age_s: 0 }], s * 1000)
    }
    const now = aged(all, 661_000)
    expect(now.map((p) => [p.age_s, p.fresh])).toEqual([[1, true], [664, false]])
    expect(aged(now, 662_000).map((p) => p.age_s)).toEqual([2, 665])
  })
  test('a position that comes late is as old as it is', () => {
    const [p] = merge([{ ...at(1, '2026-11-23T10:00:00Z'), read: 0 }],
      [{ ...at(1, '2026-11-23T10:20:00Z'), age_s: 900, fresh: false }], 1000)
    expect([p?.age_s, p?.fresh]).toEqual([900, false])
  })
})
