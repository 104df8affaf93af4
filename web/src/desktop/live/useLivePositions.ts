import { useRef } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { useEvents } from '../../api/live'
import type { Told } from '../../api/positions'
import type { LivePosition } from '../../api/types'

const atMostEvery = 1000 // ms between two readings

/** Takes positions from the event stream; what cannot be merged is read again, gently. */
export function useLivePositions() {
  const client = useQueryClient()
  const later = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEvents((topic, data) => {
    if (topic !== 'position') return
    const moved = positionsOf(data)
    if (moved.length > 0) {
      // Before the first reading nobody is known: an empty list would say that nobody is out.
      const known = client.getQueryData<Told[]>(['positions'])
      if (known) client.setQueryData<Told[]>(['positions'], merge(known, moved, Date.now()))
      if (known && moved.every((m) => known.some((p) => p.person_id === m.person_id))) return
    }
    later.current ??= setTimeout(() => {
      later.current = undefined
      void client.invalidateQueries({ queryKey: ['positions'] })
    }, atMostEvery)
  })
}

/** The positions that a notice carries: one, or several under `positions`. */
export function positionsOf(data: unknown): LivePosition[] {
  const some = (data as { positions?: unknown } | null)?.positions ?? data
  const list: unknown[] = Array.isArray(some) ? some : [some]
  return list.filter((p): p is LivePosition => {
    const q = p as Partial<LivePosition> | null
    return typeof q?.person_id === 'number' && Array.isArray(q.position) && q.position.length === 2
  })
}

/** Newer positions over older ones, told at an instant; a person not known yet waits for the next reading. */
export function merge(old: Told[], moved: LivePosition[], now: number): Told[] {
  const by = new Map(moved.map((p) => [p.person_id, p]))
  return old.map((p) => {
    const next = by.get(p.person_id)
    if (!next || Date.parse(next.at) < Date.parse(p.at)) return p
    return { ...p, ...next, name: p.name, age_s: next.age_s ?? 0, fresh: next.fresh ?? true, read: now }
  })
}
