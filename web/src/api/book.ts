import { useInfiniteQuery, type QueryClient } from '@tanstack/react-query'
import { get, request } from './client'
import type { components } from './schema'
import type { Customer, Page } from './types'

/** What happened to a customer, and its photo. */

export type CustomerEvent = components['schemas']['CustomerEvent']
export type EventKind = CustomerEvent['kind']

export const useTimeline = (id: number, kind: EventKind | '') =>
  useInfiniteQuery({
    queryKey: ['customer', id, 'timeline', kind],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<CustomerEvent>>(`/v1/customers/${id}/timeline`, {
      kind: kind || undefined, limit: 20, after: pageParam || undefined,
    }),
    getNextPageParam: (last) => last.next || undefined,
  })

/** Where and when a phone's camera took a photo; absent at a desk. */
export interface Seen { position: [number, number]; accuracy_m: number }

export const putPhoto = (id: number, file: Blob, source: 'camera' | 'desk', seen?: Seen) =>
  request<Customer>('PUT', `/v1/customers/${id}/photo`, {
    raw: file,
    headers: { 'Content-Type': 'application/octet-stream' },
    query: {
      source,
      taken_at: source === 'camera' ? new Date().toISOString() : undefined,
      lon: seen?.position[0], lat: seen?.position[1], accuracy_m: seen?.accuracy_m,
    },
  })

/** Reads again whatever shows the customer. */
export function refresh(client: QueryClient, customer?: Customer) {
  if (customer) client.setQueryData(['customer', customer.id], customer)
  for (const key of ['customer', 'customers', 'count', 'facets', 'approvals']) {
    void client.invalidateQueries({ queryKey: [key] })
  }
}
