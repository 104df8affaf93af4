import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { money } from '../format/format'
import type { Translate } from '../i18n/language'
import { get, put } from './client'
import type { components } from './schema'
import type { Page } from './types'

export type Message = components['schemas']['Message']

const warned = [
  'customer_visit', 'customer_order', 'customer_sale', 'person_visit', 'person_order', 'person_sale',
] as const

/** One's own inbox, the newest first. */
export const useMessages = () =>
  useInfiniteQuery({
    queryKey: ['messages'],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<Message>>('/v1/messages', { limit: 30, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
  })

/** How many messages have not been opened. */
export const useUnread = () =>
  useQuery({
    queryKey: ['messages', 'unread'],
    queryFn: async () => (await get<Page<Message>>('/v1/messages', { limit: 1, unread: true })).total ?? 0,
  }).data ?? 0

/** Marks a message as read, or all of them. */
export function useRead() {
  const client = useQueryClient()
  return async (id?: number) => {
    await put(id ? `/v1/messages/${id}/read` : '/v1/messages/read', undefined)
    void client.invalidateQueries({ queryKey: ['messages'] })
  }
}

/** The sentence of a message, in the reader's language. */
export function sentenceOf(m: Message, t: Translate): string {
  const p = (m.params ?? {}) as Record<string, string | number>
  const amount = money(Number(p.cents ?? 0))
  switch (m.kind) {
    case 'digest': {
      const more = (m.params as { more?: string[] } | null)?.more ?? []
      return warned.filter((k) => Number(p[k] ?? 0) > 0)
        .map((k) => `${t(`field.warn.${k}`)} ${p[k]}${more.includes(k) ? '+' : ''}`).join(' · ')
    }
    case 'pool.return_near':
      return t('field.told.return', { name: p.name ?? '', day: p.day ?? '' })
    case 'money.overdue':
      return t('field.told.overdue', { name: p.name ?? '', number: p.number ?? '', money: amount, day: p.day ?? '' })
    case 'money.sent_back':
      return t('field.told.sentBack', { money: amount, reason: p.reason ?? '' })
    case 'customers.note':
      return t('area.told', { from: p.from ?? '', text: p.text ?? '', n: p.count ?? 0 })
    default:
      return m.kind
  }
}

/** Where a message leads at a desk. */
export function wayOf(m: Message): string | undefined {
  if (m.object === 'customer') return `/map?customer=${m.object_id}`
  if (m.object) return '/money'
  const about = (m.params as { customers?: number[] } | null)?.customers
  if (m.kind === 'customers.note' && about) return `/map?ids=${about.join()}`
  return m.kind === 'digest' ? '/warnings' : undefined
}
