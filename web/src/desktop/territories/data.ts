import { useQuery } from '@tanstack/react-query'
import type { FeatureCollection, MultiPolygon } from 'geojson'
import { get } from '../../api/client'

/** How one person of a plan does. */
export interface PersonFigures {
  person_id: number
  customers: number
  visits: number
  hours: number
  potential: number
  revenue: number
  deviation: number
  in: number
  out: number
  locked: number
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

export const useUnits = (id: number, version: number | undefined) =>
  useQuery({
    queryKey: ['territory', id, 'units', version],
    queryFn: () => get<Units>(`${root}/${id}/units`),
    enabled: version !== undefined,
    placeholderData: (old) => old,
  })

export const useGrounds = (id: number, version: number | undefined, today: boolean) =>
  useQuery({
    queryKey: ['territory', id, 'grounds', version, today],
    queryFn: () => get<Grounds>(`${root}/${id}/outlines`, { today }),
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
    queryFn: () => get<Cell[]>(`${root}/${id}/cells`),
    enabled: enabled && version !== undefined,
    placeholderData: (old) => old,
  })
