import { useQuery } from '@tanstack/react-query'
import type { FeatureCollection, MultiPolygon } from 'geojson'
import { get, type Query } from '../../api/client'

/** How one person of a plan does. */
export interface PersonFigures {
  person_id: number
  customers: number
  visits: number
  hours: number
  potential: number
  revenue: number
  revenue_in: number
  revenue_out: number
  deviation: number
  in: number
  out: number
  locked: number
  area_km2: number
  polsby_popper: number
  reock: number
  pieces: number
}

/** How a plan does as a whole. */
export interface Figures {
  people: PersonFigures[]
  unassigned: number
  deviation: number
  balance_index: number
  cut_edges: number
  inertia_km2: number
  moved: number
  moved_potential: number
  moved_revenue: number
  together: number
  split: number
  overlap: number
  crossed: number
  areas: { level: number; areas: number; split: number }[]
}

/** The sample week of one person, driven on the roads. */
export interface RoutedPerson {
  person_id: number
  visits: number
  days: number
  drive_hours: number
  hours: number
  estimated_hours: number
  inertia_min2: number
}

/** One line of the list of scenarios. */
export interface Scenario {
  id: number
  name: string
  state: 'draft' | 'submitted' | 'scheduled' | 'live'
  version: number
  tolerance: number
  budget: number
  activities: string[]
  by_road: boolean
  created_at: string
  publish_on: string | null
  barriers: boolean
  base_level: number
  spare: boolean
  from_home: boolean
  split_price: number
  apart: number[][]
  asked_on: string | null
  routed: { plan: RoutedPerson[]; today: RoutedPerson[] } | null
  proof: {
    gap: number
    deviation: number
    binding: string
    better: number
    plans: number
  } | null
}

export interface Member {
  person_id: number
  share: number
  most: number
}

/** A scenario with everything but its customers. */
export interface ScenarioView extends Scenario {
  members: Member[]
  edits: { seq: number; kind: string; customers: number; at: string; undone: boolean }[]
  plan: Figures
  today: Figures
}

/** The customers of a scenario, column by column. */
export interface Units {
  customers: number[]
  names: string[]
  lon: number[]
  lat: number[]
  minutes: number[]
  was: number[]
  person: number[]
  locked: boolean[]
  refused: string[]
}

export type Grounds = FeatureCollection<MultiPolygon, { person_id: number }>

export const root = '/v1/territory-scenarios'

export const useScenarios = () =>
  useQuery({ queryKey: ['territory', 'list'], queryFn: () => get<Scenario[]>(root) })

export const useScenario = (id: number) =>
  useQuery({ queryKey: ['territory', id], queryFn: () => get<ScenarioView>(`${root}/${id}`) })

interface Paged { next: string | null }

/** All pages of a list, one after the other. */
async function pages<T extends Paged>(path: string, query: Query, signal: AbortSignal): Promise<T[]> {
  const out: T[] = []
  for (let after: string | null = ''; after !== null;) {
    const page: T = await get<T>(path, { ...query, after }, signal)
    out.push(page)
    after = page.next
  }
  return out
}

/** Pages of columns as one, column by column. */
export function joined(parts: readonly Units[]): Units {
  return {
    customers: parts.flatMap((p) => p.customers),
    names: parts.flatMap((p) => p.names),
    lon: parts.flatMap((p) => p.lon),
    lat: parts.flatMap((p) => p.lat),
    minutes: parts.flatMap((p) => p.minutes),
    was: parts.flatMap((p) => p.was),
    person: parts.flatMap((p) => p.person),
    locked: parts.flatMap((p) => p.locked),
    refused: parts.flatMap((p) => p.refused),
  }
}

export const useUnits = (id: number, version: number | undefined) =>
  useQuery({
    queryKey: ['territory', id, 'units', version],
    queryFn: async ({ signal }) =>
      joined(await pages<Units & Paged>(`${root}/${id}/units`, { limit: 20_000 }, signal)),
    enabled: version !== undefined,
    placeholderData: (old) => old,
  })

export const useGrounds = (id: number, version: number | undefined, today: boolean) =>
  useQuery({
    queryKey: ['territory', id, 'grounds', version, today],
    queryFn: async ({ signal }): Promise<Grounds> => {
      const parts = await pages<Grounds & Paged>(`${root}/${id}/outlines`, { today }, signal)
      return { type: 'FeatureCollection', features: parts.flatMap((p) => p.features) }
    },
    enabled: version !== undefined,
    placeholderData: (old) => old,
  })

/** A cell of the plan's ground. */
export interface Cell {
  id: string
  person_id: number
  ring: [number, number][]
}

export const useCells = (id: number, version: number | undefined, enabled: boolean) =>
  useQuery({
    queryKey: ['territory', id, 'cells', version],
    queryFn: async ({ signal }) => {
      const parts = await pages<{ items: Cell[] } & Paged>(`${root}/${id}/cells`, { limit: 10_000 }, signal)
      return parts.flatMap((p) => p.items)
    },
    enabled: enabled && version !== undefined,
    placeholderData: (old) => old,
  })
