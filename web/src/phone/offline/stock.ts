import { useEffect } from 'react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, rows } from '../../api/client'
import { useProducts, type Product } from '../../api/trade'
import type { Day, Page } from '../../api/types'
import { useOnline } from '../../session/online'

/**
 * What the phone lays in while there is a network, so that orders and collections can
 * be made without one. The service worker keeps the answers, for three days.
 */

/** The customers that the phone keeps, as one page. */
export const keptCustomers = { limit: '500', sort: 'name' }

const many = 200 // products on a phone; with a network the server searches all of them
const everyMinutes = 30

/** Waits until the service worker sees what the page reads. */
async function guarded() {
  const worker = navigator.serviceWorker
  if (worker.controller) return
  await new Promise((done) => worker.addEventListener('controllerchange', done, { once: true }))
}

const useKept = (on: boolean) =>
  useQuery({
    queryKey: ['products', 'kept'],
    enabled: on,
    staleTime: everyMinutes * 60_000,
    queryFn: async () => rows(await get<Page<Product>>('/v1/products', { limit: many })),
    placeholderData: keepPreviousData,
  })

/** Products that hold the words: from the server, or from what was kept. */
export function useGoods(words: string): Product[] | undefined {
  const online = useOnline()
  const asked = useProducts(words, online)
  const kept = useKept(true)
  if (online && asked.data && !asked.isPlaceholderData && !asked.isError) return asked.data
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean)
  return kept.data?.filter((p) => {
    const text = `${p.name} ${p.spec} ${p.code}`.toLowerCase()
    return parts.every((w) => text.includes(w))
  })
}

/** Reads what today needs, quietly, and again every half hour. */
export function useProvisions(day: Day | undefined, date: string, may: (p: 'orders.write' | 'money.collect') => boolean) {
  const online = useOnline()
  const client = useQueryClient()
  const trade = may('orders.write')
  const money = may('money.collect')
  const customers = day?.stops.map((s) => s.customer_id).filter((id) => id !== null).join() ?? ''
  useKept(trade && online)
  useQuery({
    queryKey: ['provisions', date, customers, trade, money],
    enabled: online && day !== undefined && navigator.serviceWorker !== undefined,
    staleTime: everyMinutes * 60_000,
    refetchInterval: everyMinutes * 60_000,
    retry: false,
    queryFn: async () => {
      await guarded()
      const quiet = (path: string, query?: Record<string, string>) => get(path, query).catch(() => undefined)
      await quiet('/v1/visit-forms')
      await quiet('/v1/customers', keptCustomers)
      if (money) await quiet('/v1/unpaid', { route: date })
      for (const id of customers.split(',').filter(Boolean)) {
        if (!navigator.onLine) throw new Error('no network') // goes on when it is back
        await quiet(`/v1/customers/${id}`)
        if (trade) await quiet(`/v1/customers/${id}/last-order`)
      }
      return Date.now()
    },
  })
  // At the very first start the worker came after the first answers: it has to see them.
  useEffect(() => {
    const worker = navigator.serviceWorker
    if (!worker || worker.controller) return
    const again = () => void client.invalidateQueries()
    worker.addEventListener('controllerchange', again, { once: true })
    return () => worker.removeEventListener('controllerchange', again)
  }, [client])
}
