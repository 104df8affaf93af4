import { useQuery } from '@tanstack/react-query'
import { get, rows } from '../api/client'
import type { Page, Visit } from '../api/types'
import { useSession } from '../session/session'
import { useOutbox, type Action } from './offline/outbox'

/** Where somebody is at the moment: checked in, and not out yet. */
export interface Standing {
  customer: number
  name: string
  /** The visit's number; null while the server has not given it one. */
  visit: number | null
}

type Known = Pick<Visit, 'id' | 'customer_id' | 'customer_name'>

/** What the waiting actions of a person, the oldest first, make of the visit that the server knows. */
export function standing(known: Known | null, own: readonly Action[]): Standing | null {
  const at = known && { customer: known.customer_id, name: known.customer_name, visit: known.id }
  const last = own.filter((a) => !a.refused && (a.kind === 'in' || a.kind === 'out')).at(-1)
  if (!last?.customer) return at
  if (last.kind === 'out') return at?.customer === last.customer ? null : at
  return { customer: last.customer, name: last.name, visit: at?.customer === last.customer ? at.visit : null }
}

/**
 * The visit that one is in the middle of, also where it is on no plan of one's own: a
 * customer on the way, a manager's inspection.
 */
export function useOpenVisit(): Standing | null {
  const { me, may } = useSession()
  const own = useOutbox().filter((a) => a.person === me.id)
  const known = useQuery({
    queryKey: ['visits', 'open', me.id],
    queryFn: async () =>
      rows(await get<Page<Visit>>('/v1/visits', { person: me.id, state: 'open', limit: 1 }))[0] ?? null,
    enabled: may('visits.write'),
  })
  return standing(known.data ?? null, own)
}
