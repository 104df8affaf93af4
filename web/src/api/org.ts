import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get, rows, type Query } from './client'
import type { components } from './schema'
import type { Page } from './types'

/** Reads about approvals, roles, the calendar, sign-ins and the trail. */

type Schemas = components['schemas']

export type Approval = Schemas['Approval']
export type ApprovalDetail = Schemas['ApprovalDetail']
export type ApprovalCounts = Schemas['ApprovalCounts']
export type RoleRow = Schemas['Role']
export type CalendarDay = Schemas['CalendarDay']
export type SessionRow = Schemas['Session']
export type TokenRow = Schemas['Token']
export type DeviceRow = Schemas['Device']
export type TrailEntry = Schemas['Entry']
export interface ModuleSwitch { code: string; on: boolean }

/** The boxes of requests. */
export type Box = 'to_decide' | 'mine' | 'decided' | 'all'

export const useApprovals = (box: Box, filter: Query = {}) =>
  useInfiniteQuery({
    queryKey: ['approvals', box, filter],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      get<Page<Approval>>('/v1/approvals', { ...filter, box, limit: 30, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
  })

export const useApproval = (id: number | null) =>
  useQuery({
    queryKey: ['approvals', 'one', id],
    queryFn: () => get<ApprovalDetail>(`/v1/approvals/${id}`),
    enabled: id !== null,
  })

export const useApprovalCounts = (wanted = true) =>
  useQuery({
    queryKey: ['approvals', 'counts'],
    queryFn: () => get<ApprovalCounts>('/v1/approvals/counts'),
    enabled: wanted,
    refetchInterval: 120_000,
  })

export const useModules = () =>
  useQuery({
    queryKey: ['modules'],
    queryFn: async () => rows(await get<{ items: ModuleSwitch[] }>('/v1/modules')),
  })

export const useCalendar = (person: number, from: string, to: string) =>
  useQuery({
    queryKey: ['calendar', person, from, to],
    queryFn: async () => rows(await get<{ items: CalendarDay[] }>('/v1/calendar', { person: person || undefined, from, to })),
  })

export const useSessions = () =>
  useQuery({
    queryKey: ['sessions'],
    queryFn: async () => rows(await get<{ items: SessionRow[] }>('/v1/sessions')),
  })

export const useTokens = () =>
  useQuery({ queryKey: ['tokens'], queryFn: async () => rows(await get<Page<TokenRow>>('/v1/me/tokens')) })

export const useDevices = (person: number | null) =>
  useQuery({
    queryKey: ['devices', person],
    queryFn: async () => rows(await get<Page<DeviceRow>>(`/v1/people/${person}/devices`)),
    enabled: person !== null,
  })

export const useTrail = (filter: Query) =>
  useInfiniteQuery({
    queryKey: ['trail', filter],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      get<Page<TrailEntry>>('/v1/audit', { ...filter, limit: 50, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
  })
