import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get, rows, type Query } from './client'
import type { components } from './schema'
import type { Page } from './types'

/** Products, orders, goods and money, as the server describes them. */

type Schemas = components['schemas']

export type Product = Schemas['Product']
export type Order = Schemas['Order']
export type OrderLine = Order['lines'][number]
export type ToShip = Schemas['ToShip']
export type GoodsToShip = Schemas['GoodsToShip']
export type GoodsNote = Schemas['GoodsNote']
export type UnpaidItem = Schemas['UnpaidItem']
export type UnpaidItems = Schemas['UnpaidItems']
export type Collection = Schemas['Collection']
export type Submission = Schemas['Submission']
export type Receipt = Schemas['FinanceReceipt']
export type Aging = Schemas['Aging']
export type Statement = Schemas['Statement']
export type CustomerAccount = Schemas['CustomerAccount']
export type LedgerAccount = Schemas['LedgerAccount']
export type CustomerPrice = Schemas['CustomerPrice']

/** The accounts on which money is received, by code. */
export const tenderAccounts = ['1001', '1002', '1012', '1013'] as const
export type TenderAccount = (typeof tenderAccounts)[number]

export const useProducts = (words: string, on = true) =>
  useQuery({
    queryKey: ['products', words],
    enabled: on,
    queryFn: async () => rows(await get<Page<Product>>('/v1/products', { q: words, limit: 30 })),
    placeholderData: keepPreviousData,
  })

/** A page of documents; neither counted nor summed up beyond 100,000 of them. */
type Sums<T> = Omit<Page<T>, 'total'> & { total: number | null; total_cents: number | null }

function usePages<T>(noun: string, path: string, filter: Query) {
  return useInfiniteQuery({
    queryKey: [noun, filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      get<Sums<T>>(path, { ...filter, limit: 50, after: pageParam }, signal),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })
}

export const useOrders = (filter: Query) => usePages<Order>('orders', '/v1/orders', filter)
export const useNotes = (filter: Query) => usePages<GoodsNote>('goods', '/v1/goods-notes', filter)
export const useReceipts = (filter: Query) => usePages<Receipt>('money', '/v1/receipts', filter)

export const useSubmissions = (state: Submission['state'], person?: number) =>
  usePages<Submission>('money', '/v1/submissions', { state, person })

/** What may still be collected of a document: what waits for finance is not asked for twice. */
export const left = (i: UnpaidItem) => Math.max(0, i.open_cents - i.submitted_cents)

export const useOrder = (id: number) =>
  useQuery({ queryKey: ['orders', id], queryFn: () => get<Order>(`/v1/orders/${id}`) })

export const useNote = (id: number) =>
  useQuery({ queryKey: ['goods', id], queryFn: () => get<GoodsNote>(`/v1/goods-notes/${id}`) })

export const useToShip = () =>
  useQuery({
    queryKey: ['goods', 'to-ship'],
    queryFn: () => get<GoodsToShip>('/v1/goods-to-ship'),
  })

export const useUnpaid = (filter: Query) =>
  useQuery({
    queryKey: ['money', 'unpaid', filter],
    queryFn: () => get<UnpaidItems>('/v1/unpaid', filter),
    placeholderData: keepPreviousData,
  })

export const useAging = (limit: number) =>
  useQuery({
    queryKey: ['money', 'aging', limit],
    queryFn: () => get<Aging>('/v1/aging', { limit }),
    placeholderData: keepPreviousData,
  })

export const useReceipt = (id: number) =>
  useQuery({ queryKey: ['money', 'receipt', id], queryFn: () => get<Receipt>(`/v1/receipts/${id}`) })

export const useAccount = (customer: number) =>
  useQuery({
    queryKey: ['money', 'account', customer],
    queryFn: () => get<CustomerAccount>(`/v1/customers/${customer}/account`),
  })

export const useLedger = () =>
  useQuery({
    queryKey: ['money', 'ledger'],
    queryFn: async () => rows(await get<LedgerAccount[]>('/v1/ledger-accounts')),
  })

export const useStatement = (customer: number) =>
  useQuery({
    queryKey: ['money', 'statement', customer],
    queryFn: () => get<Statement>(`/v1/customers/${customer}/statement`),
  })

export const useLastOrder = (customer: number) =>
  useQuery({
    queryKey: ['orders', 'last', customer],
    queryFn: async () => rows(await get<OrderLine[]>(`/v1/customers/${customer}/last-order`)),
  })

/** What the customer pays for these products now. */
export const usePrices = (customer: number, products: number[]) =>
  useQuery({
    queryKey: ['orders', 'prices', customer, products],
    enabled: customer > 0 && products.length > 0,
    queryFn: async () =>
      rows(await get<CustomerPrice[]>(`/v1/customers/${customer}/prices`, { products })),
    placeholderData: keepPreviousData,
  })
