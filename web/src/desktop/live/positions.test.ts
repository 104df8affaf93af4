import { describe, expect, test } from 'vitest'
import type { LivePosition } from '../../api/types'
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
    const old = [at(1, '2026-11-23T10:00:00Z'), at(2, '2026-11-23T10:00:00Z')]
    const next = merge(old, [at(1, '2026-11-23T10:00:05Z', 1), at(2, '2026-11-23T09:59:00Z', 1)])
    expect(next.map((p) => p.position[0])).toEqual([1, 0])
  })
})
