import { useState } from 'react'
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateOf, day, money, type Language } from '../format/format'
import type { Translate } from '../i18n/language'
import { get, post } from './client'
import type { components } from './schema'
import type { Me, Page } from './types'

/** Warnings, one and the same lists in the same words for the desk and the phone. */

export type WarningCount = components['schemas']['Count']
export type Overdue = components['schemas']['Overdue']
export type Idle = components['schemas']['WarningsPerson']
export type CustomerWarning = components['schemas']['Since']
export type Cycle = components['schemas']['Cycle']

/** Kinds of warnings about customers, in the order in which they are shown. */
export const ofCustomers = ['customer_visit', 'customer_order', 'customer_sale'] as const
export type CustomerKind = (typeof ofCustomers)[number]

/** Kinds of warnings about salespeople, each beside the mean of all. */
export const ofPeople = ['person_visit', 'person_order', 'person_sale'] as const
export type PersonKind = (typeof ofPeople)[number]

/** What is shown: a kind of warning, or the customers that are visited off their cycle. */
export type Shown = CustomerKind | PersonKind | 'cycle'

export const isOfCustomers = (k: Shown): k is CustomerKind => (ofCustomers as readonly string[]).includes(k)

const useCounts = () =>
  useQuery({ queryKey: ['warnings'], queryFn: () => get<WarningCount[]>('/v1/warnings') })

/** How many there are of a kind, in words; "…" while it is not known. */
export function useWarningCounts(t: Translate) {
  const counts = useCounts()
  const of = (kind: Shown): string => {
    const c = counts.data?.find((n) => n.kind === kind)
    if (!c) return '…'
    return c.enabled ? `${c.count}${c.more ? '+' : ''}` : t('field.warn.off')
  }
  return { counts, of }
}

/** The customers of a kind that are overdue, the longest first. */
export const useOverdue = (kind: CustomerKind) =>
  useInfiniteQuery({
    queryKey: ['warnings', kind],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<Overdue>>(`/v1/warnings/customers/${kind}`, { limit: 50, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })

/** All salespeople within the scope, those first who did nothing for the longest time. */
export const useIdle = (kind: PersonKind) =>
  useQuery({ queryKey: ['warnings', kind], queryFn: () => get<Idle[]>(`/v1/warnings/people/${kind}`) })

/** The customers whose visits are off the planned cycle by more than half, by salesperson. */
export const useCycles = () =>
  useQuery({ queryKey: ['warnings', 'cycle'], queryFn: () => get<Cycle[]>('/v1/warnings/cycles') })

/** In what a customer is overdue, for its card; not asked for by whoever may not read it. */
export const useCustomerWarnings = (id: number, may: boolean) =>
  useQuery({
    queryKey: ['customer', id, 'warnings'],
    queryFn: () => get<CustomerWarning[]>(`/v1/customers/${id}/warnings`),
    enabled: may,
  })

/** "No order: 3 d late", one for each kind; "–" for none. */
export const overdueWords = (rows: readonly CustomerWarning[], t: Translate) =>
  rows.map((w) => `${t(`field.warn.short.${w.kind}`)} ${t('due.days', { n: w.overdue_days })}`).join(' · ') || '–'

/** The last event of a customer or of a salesperson, in the words of its kind. */
export const lastOf = (kind: CustomerKind | PersonKind, date: string | null | undefined, t: Translate, language: Language) =>
  date ? t('due.last', { day: day(date, language) }) : t(`field.warn.never.${kind}`)

/** When a customer of a warning was last visited, ordered or was sold to, and what it owes. */
export function customerWords(kind: CustomerKind, row: Overdue, zone: string, t: Translate, language: Language): string {
  const words = [lastOf(kind, row.last_event_at && dateOf(row.last_event_at, zone), t, language)]
  if (row.open_receivable_cents !== 0) words.push(t('field.warn.owes', { amount: money(row.open_receivable_cents) }))
  return words.join(' · ')
}

const signed = (n: number, word: (n: number) => string) => `${n < 0 ? '−' : '+'}${word(Math.abs(n))}`

/** A salesperson's last event, and what was done in thirty days, beside the mean of all. */
export function idleWords(kind: PersonKind, row: Idle, t: Translate, language: Language): string[] {
  const tenth = (n: number) => n.toFixed(1)
  const amount = (n: number) => money(Math.round(n))
  const one = kind === 'person_visit' ? String : amount
  const mean = kind === 'person_visit' ? tenth : amount
  return [
    `${lastOf(kind, row.last_day, t, language)} · ${t('field.warn.meanDays', {
      mean: tenth(row.days.mean), delta: signed(row.days.delta, tenth),
    })}`,
    t('field.warn.inPeriod', {
      value: one(row.period.value), mean: mean(row.period.mean), delta: signed(row.period.delta, mean),
    }),
  ]
}

/** How often a customer is visited, beside how often it should be. */
export const cycleWords = (row: Cycle, t: Translate) =>
  t('field.warn.cycleOf', { planned: row.every_days, actual: row.mean_days.toFixed(1), n: row.visit_days })

/** By how much of the cycle the visits are off it. */
export const cycleOff = (row: Cycle) =>
  signed(row.mean_days / row.every_days - 1, (n) => `${Math.round(n * 100)} %`)

/** Cycles as they come, by salesperson. */
export function byOwner(rows: readonly Cycle[]): { owner: number; name: string; rows: Cycle[] }[] {
  const out: { owner: number; name: string; rows: Cycle[] }[] = []
  for (const r of rows) {
    const last = out[out.length - 1]
    if (last?.owner === r.owner_id) last.rows.push(r)
    else out.push({ owner: r.owner_id, name: r.owner_name, rows: [r] })
  }
  return out
}

/**
 * Puts the customer of a warning on its owner's plan of today, in one command; a
 * salesperson puts it on their own, also when a colleague shares it with them.
 */
export function usePlanned(me: Pick<Me, 'id' | 'role' | 'business_day'>) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const plan = async (row: Pick<Overdue, 'owner_id' | 'customer_id'>) => {
    setBusy(true)
    try {
      const who = me.role === 'salesperson' ? me.id : row.owner_id
      await post(`/v1/days/${who}/${me.business_day}/plan`, { customer_ids: [row.customer_id] })
      for (const k of ['warnings', 'due', 'day', 'days']) void client.invalidateQueries({ queryKey: [k] })
    } finally {
      setBusy(false)
    }
  }
  return { busy, plan }
}
