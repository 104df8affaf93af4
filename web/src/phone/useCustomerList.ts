import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { get, type Query } from '../api/client'
import { useCustomers } from '../api/queries'
import type { Customer, Page } from '../api/types'
import { metresBetween, type LonLat } from '../geo/datum'
import { useOnline } from '../session/online'
import { keptCustomers } from './offline/stock'

interface Asked {
  words: string
  overdue: boolean
  /** Where the reader stands, when the nearest shall come first. */
  here: LonLat | null
  /** A saved view's filter and order; without a network they do not apply. */
  view: { filter: Query; sort: string }
}

/** Customers as asked for: from the server, and without a network those that the phone keeps. */
export function useCustomerList({ words, overdue, here, view }: Asked) {
  const online = useOnline()
  const filter = useMemo(() => ({
    ...view.filter, ...(words && { q: words }), ...(overdue && { due: 'overdue' }), ...(here && { near: here.join(',') }),
  }), [view.filter, words, overdue, here])
  const pages = useCustomers(filter, here ? 'distance' : overdue ? '-overdue_days' : view.sort, online)
  const kept = useQuery({
    queryKey: ['customers', 'kept'],
    queryFn: async () => (await get<Page<Customer>>('/v1/customers', keptCustomers)).items,
    enabled: !online,
  })
  if (online) return { list: pages, all: pages.data?.pages.flatMap((p) => p.items), total: pages.data?.pages[0]?.total, pages }
  const all = kept.data && searched(kept.data, { words, overdue, here })
  return { list: kept, all, total: all?.length, pages: null }
}

/** What the words and the urgency leave of the kept customers, in the order asked for. */
export function searched(all: readonly Customer[], { words, overdue, here }: Omit<Asked, 'view'>): Customer[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found = all.filter((c) => {
    const text = [c.name, c.number, c.address, c.phone].join(' ').toLowerCase()
    return (!overdue || c.overdue_days > 0) && parts.every((w) => text.includes(w))
  })
  if (here) {
    const off = (c: Customer) => (c.position ? metresBetween(here, c.position) : Infinity)
    return found.map((c) => (c.position ? { ...c, distance_m: off(c) } : c)).sort((a, b) => off(a) - off(b))
  }
  return overdue ? found.sort((a, b) => b.overdue_days - a.overdue_days) : found
}
