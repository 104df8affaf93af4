import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get } from '../../api/client'
import type { components } from '../../api/schema'

type Schemas = components['schemas']
export type Cells = Schemas['Cells']
export type WhiteCell = Cells['cells'] extends (infer T)[] | null ? T : never
export type Detail = Schemas['Detail']
export type Prospect = NonNullable<Schemas['PageProspect']['items']>[number]
export type Outcome = Schemas['LeadOutcome']
export type PersonSpace = Schemas['PersonSpace']

export const root = '/v1/whitespace'

export type Settings = Schemas['Settings']
export type Layer = Schemas['Layer']

/** What narrows every question about white space. */
export interface Focus {
  kind?: string
  from?: string
  to?: string
  person?: number
}

export interface CellQuery extends Focus {
  resolution: number
  bbox?: string
  threshold: number
  white: boolean
}

/** Cells a map can draw without stutter. */
export const mostCells = 3000

export const useCells = (query: CellQuery) =>
  useQuery({
    queryKey: ['whitespace', 'cells', query],
    queryFn: ({ signal }) => get<Cells>(`${root}/cells`, { ...query, limit: mostCells }, signal),
    enabled: query.bbox !== undefined,
    placeholderData: (old) => old,
  })

export const useDetail = (cell: string, focus: Focus, threshold: number) =>
  useQuery({
    queryKey: ['whitespace', 'cell', cell, focus, threshold],
    queryFn: () => get<Detail>(`${root}/cells/${cell}`, { kind: focus.kind, from: focus.from, to: focus.to, threshold }),
  })

export interface ProspectQuery {
  kind?: string
  person?: number
  cell?: string
  q?: string
  near?: string
  bbox?: string
}

export const useProspects = (query: ProspectQuery, enabled = true) =>
  useInfiniteQuery({
    queryKey: ['whitespace', 'prospects', query],
    queryFn: ({ pageParam, signal }) =>
      get<Schemas['PageProspect']>(`${root}/prospects`, { ...query, limit: 100, after: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
    placeholderData: (old) => old,
  })

export const useKinds = () =>
  useQuery({
    queryKey: ['whitespace', 'kinds'],
    queryFn: async () => (await get<Schemas['KindCount'][] | null>(`${root}/kinds`)) ?? [],
  })

export const useSpaces = (focus: Focus, resolution: number, threshold: number) =>
  useQuery({
    queryKey: ['whitespace', 'people', focus.kind, focus.from, focus.to, resolution, threshold],
    queryFn: async () => (await get<PersonSpace[] | null>(`${root}/people`, {
      kind: focus.kind, from: focus.from, to: focus.to, resolution, threshold,
    })) ?? [],
    placeholderData: (old) => old,
  })

/** Cells of this size are about as large as a thumb at a zoom. */
export function resolutionAt(zoom: number): number {
  return Math.max(5, Math.min(9, Math.round(zoom * 0.72 + 1.2)))
}

export const useSettings = () =>
  useQuery({ queryKey: ['whitespace', 'settings'], queryFn: () => get<Settings>(`${root}/settings`) })

export const useLayers = () =>
  useQuery({
    queryKey: ['whitespace', 'layers'],
    queryFn: async () => (await get<Layer[] | null>(`${root}/layers`)) ?? [],
  })

/** Shops near the way of a person's day, those most worth the detour first. */
export const useOnTheWay = (person: number, date: string) =>
  useQuery({
    queryKey: ['whitespace', 'way', person, date],
    queryFn: async () => (await get<Prospect[] | null>(`${root}/route-stops`, { person, date, within_m: 1000 })) ?? [],
    enabled: person > 0,
    retry: false,
  })
