import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get, rows, type Query } from './client'
import type { components } from './schema'
import type { Customer, Page } from './types'

/** Reads about leads, saved views and the rules of archive and pool. */

type Schemas = components['schemas']
export type CustomerView = Schemas['CustomerView']
export type Lead = Schemas['Lead']
export type Holding = Schemas['PersonHolding']
export type PoolRules = Schemas['PoolRules']
export type ArchiveRule = Schemas['EntryRule']

interface Items<T> { items: T[] | null }

export const useViews = () =>
  useQuery({
    queryKey: ['views'],
    queryFn: async () => rows(await get<Items<CustomerView>>('/v1/customer-views')),
    staleTime: 60_000,
  })

export const useHoldings = (enabled = true) =>
  useQuery({
    queryKey: ['customers', 'holdings'],
    queryFn: async () => rows(await get<Items<Holding>>('/v1/holdings')),
    enabled,
  })

/** What a new customer must have, and whether the archive is closed to edits. */
export const useArchiveRule = () =>
  useQuery({
    queryKey: ['entry-rule'],
    queryFn: () => get<ArchiveRule>('/v1/customer-entry-rule'),
    staleTime: 60_000,
  })

/** Whether customers change by approved requests only. */
export const useFormsOnly = () => useArchiveRule().data?.forms_only ?? false

export const useLeads = (state: string, q: string) =>
  useInfiniteQuery({
    queryKey: ['leads', state, q],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      get<Page<Lead>>('/v1/leads', { state: state || undefined, q: q || undefined, after: pageParam, limit: 50 }),
    getNextPageParam: (last) => last.next || undefined,
  })

/** Customers that nobody looks after, page by page. */
export const usePool = (asked: Query) =>
  useInfiniteQuery({
    queryKey: ['customers', 'pool', asked],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<Customer>>('/v1/pool', { ...asked, after: pageParam, limit: 50 }),
    getNextPageParam: (last) => last.next || undefined,
  })
