import { useEffect } from 'react'
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { actFor, get } from '../api/client'
import { leavingMark } from '../api/leaving'
import type { Me } from '../api/types'
import { forgetAnswers } from './kept'

/**
 * Reads who is signed in. When that is somebody else than before, nothing that was read
 * for the one before stays, in memory or on the device.
 */
export async function readMe(client: QueryClient): Promise<Me> {
  const me = await get<Me>('/v1/me')
  const before = client.getQueryData<Me>(['me'])
  if (before && before.id !== me.id) {
    await forgetAnswers().catch(() => undefined)
    client.removeQueries({ predicate: (q) => q.queryKey[0] !== 'me' })
  }
  actFor(me.id)
  return me
}

export function useMe() {
  const client = useQueryClient()
  return useQuery({ queryKey: ['me'], queryFn: () => readMe(client), staleTime: 60_000, retry: false })
}

// All pages of a browser share one session. The one that changes it writes here whose it is.
const whose = 'beatplan-person'

/** Tells the other pages of this browser who has signed in. */
export function tellPages(person: number): void {
  try {
    localStorage.setItem(whose, String(person))
  } catch { /* a browser that keeps nothing: the server refuses what another's page sends */ }
}

/** Opens the page anew when another page signed this person out, or somebody else in. */
export function useOtherPages(person: number | undefined): void {
  useEffect(() => {
    if (person === undefined) return
    const heard = (e: StorageEvent) => {
      const other = e.key === whose && e.newValue !== String(person)
      if (other || (e.key === leavingMark && e.newValue !== null)) location.reload()
    }
    addEventListener('storage', heard)
    return () => removeEventListener('storage', heard)
  }, [person])
}
