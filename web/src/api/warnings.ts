import { useState } from 'react'
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post } from './client'
import type { components } from './schema'
import type { Page } from './types'

/** Warnings, one and the same list for the desk and the phone. */

export type WarningCount = components['schemas']['Count']
export type Overdue = components['schemas']['Overdue']

/** Kinds of warnings about customers, in the order in which they are shown. */
export const ofCustomers = ['customer_visit', 'customer_order', 'customer_sale'] as const
export type CustomerKind = (typeof ofCustomers)[number]

export const useWarningCounts = () =>
  useQuery({ queryKey: ['warnings'], queryFn: () => get<WarningCount[]>('/v1/warnings') })

/** The customers of a kind that are overdue, the longest first. */
export const useOverdue = (kind: CustomerKind) =>
  useInfiniteQuery({
    queryKey: ['warnings', kind],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<Overdue>>(`/v1/warnings/customers/${kind}`, { limit: 50, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })

/** Puts the customer of a warning on its owner's plan of a day, in one command. */
export function usePlanned(date: string) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const plan = async (row: Pick<Overdue, 'owner_id' | 'customer_id'>) => {
    setBusy(true)
    try {
      await post(`/v1/days/${row.owner_id}/${date}/plan`, { customer_ids: [row.customer_id] })
      for (const k of ['warnings', 'due', 'day', 'days']) void client.invalidateQueries({ queryKey: [k] })
    } finally {
      setBusy(false)
    }
  }
  return { busy, plan }
}
