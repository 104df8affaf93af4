import { useCallback, useSyncExternalStore } from 'react'
import { useQuery } from '@tanstack/react-query'
import { get, rows } from '../api/client'
import type { components } from '../api/schema'

/** A base layer of a map service, as the company has set it. */
export type Base = components['schemas']['Base']

const kept = 'beatplan.base'
const heard = new Set<() => void>()

const subscribe = (fn: () => void) => {
  heard.add(fn)
  return () => heard.delete(fn)
}

/** The base layers that there are. */
export const useBases = () =>
  useQuery({
    queryKey: ['bases'],
    queryFn: async () => rows(await get<{ items: Base[] }>('/v1/map/bases')),
    staleTime: 60_000,
  })

/** The base layer that this browser chose; empty for the own map. */
export function useBase() {
  const bases = useBases()
  const wish = useSyncExternalStore(subscribe, () => localStorage.getItem(kept) ?? '')
  const choose = useCallback((next: string) => {
    localStorage.setItem(kept, next)
    heard.forEach((fn) => fn())
  }, [])
  const on = (bases.data ?? []).filter((b) => b.enabled)
  return { base: on.some((b) => b.provider === wish) ? wish : '', bases: on, choose }
}
