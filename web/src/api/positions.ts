import { useEffect, useMemo, useRef, useState } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { get, rows } from './client'
import type { LivePosition, Page } from './types'

/** A position, and when this page was told how old it is, by its own clock in ms. */
export interface Told extends LivePosition {
  read: number
}

const freshFor = 600 // seconds that a position stands for "now", as the server has it
const tick = 15_000 // ms between two looks at the clock
const readEvery = 30_000 // ms

/** Positions as old as they are at an instant: without news they become stale while one looks. */
export function aged(positions: Told[], now: number): Told[] {
  return positions.map((p) => {
    const age = p.age_s + Math.max(0, Math.round((now - p.read) / 1000))
    return age === p.age_s ? p : { ...p, age_s: age, fresh: p.fresh && age <= freshFor, read: now }
  })
}

/** Everybody's last position, as old as it is now. */
export function usePositions() {
  const client = useQueryClient()
  const found = useQuery({
    queryKey: ['positions'],
    queryFn: async () => {
      const all = rows(await get<Page<LivePosition>>('/v1/positions'))
      const read = Date.now()
      return all.map((p): Told => ({ ...p, read }))
    },
  })
  const [now, setNow] = useState(() => Date.now())
  const last = useRef(Date.now())
  useEffect(() => {
    // A clock of its own: a query's interval would begin anew with every position that comes.
    const timer = setInterval(() => {
      setNow(Date.now())
      if (Date.now() - last.current < readEvery || document.visibilityState === 'hidden') return
      last.current = Date.now()
      void client.invalidateQueries({ queryKey: ['positions'] })
    }, tick)
    return () => clearInterval(timer)
  }, [client])
  const data = useMemo(() => found.data && aged(found.data, now), [found.data, now])
  return { data, isPending: found.isPending, isError: found.isError, error: found.error, refetch: found.refetch }
}
