import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get, post, rows } from './client'
import type { components } from './schema'
import type { Page } from './types'

/** Reads and commands about messages to customers. */

type Schemas = components['schemas']
export type Channel = Schemas['Channel']
export type ChannelIn = Schemas['ChannelIn']
export type Authorisation = Schemas['Authorisation']
export type UsableChannel = Schemas['Usable']
export type LogLine = Schemas['MessageTry']

/** As many customers as one message reaches. */
export const mostReached = 200

interface Items<T> { items: T[] | null }

export const useChannels = () =>
  useQuery({
    queryKey: ['channels'],
    queryFn: async () => rows(await get<Items<Channel>>('/v1/message-channels')),
  })

export const useUsableChannels = () =>
  useQuery({
    queryKey: ['channels', 'usable'],
    queryFn: async () => rows(await get<Items<UsableChannel>>('/v1/message-channels/usable')),
  })

export const useMessageLog = () =>
  useInfiniteQuery({
    queryKey: ['message-log'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      get<Page<LogLine>>('/v1/customer-messages/log', { limit: 30, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
  })

export interface Outgoing {
  channel_id: number
  customer_ids: number[]
  contact?: string
  subject?: string
  text: string
}

export const sendMessages = (body: Outgoing, key: string) =>
  post<{ message_ids: number[]; unreachable_ids: number[] }>('/v1/customer-messages', body, { key })
