import { useMemo, useState } from 'react'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useSession } from '../session/session'
import { get, post, rows } from './client'
import { usePeople } from './queries'
import type { components } from './schema'
import type { Page, Person, Visit } from './types'

/** Reads about what people did, and what a manager decides about it. */

export type Work = components['schemas']['Work']
export type Frequency = components['schemas']['Frequency']

/** The time on the road is being worked out: what is asked again goes on. */
const atWork = (found: Work[] | undefined) => found?.some((w) => w.road_s === null) ?? false

/** What everybody did since a day, by person; of at most 31 days the time on the road too. */
export function useWorkload(from: string) {
  const { may } = useSession()
  const tracks = may('tracks.read')
  const work = useQuery({
    queryKey: ['visits', 'workload', from],
    queryFn: async () => rows(await get<Work[]>('/v1/workload', { from })),
    refetchInterval: (q) => (tracks && atWork(q.state.data) ? 2_000 : 60_000),
  })
  return { ...work, counting: tracks && atWork(work.data) }
}

/** One line of the work of a period: also of a salesperson who did nothing. */
export interface WorkRow extends Work {
  person: Person | undefined
}

const idle = {
  records: 0, customers: 0, daily_customers: 0, days: 0, on_site_s: 0, inspections: 0, inspected_s: 0,
}

/** The work of everybody who works here, and of whoever did something in the period; the most records first. */
export function useWorkRows(from: string) {
  const people = usePeople()
  const work = useWorkload(from)
  const { counting } = work
  const all = useMemo(() => lines(work.data, people.data, counting), [work.data, people.data, counting])
  return { work, rows: all, counting }
}

function lines(work: Work[] | undefined, people: Person[] | undefined, counting: boolean): WorkRow[] {
  if (!work) return []
  const known = new Map(people?.map((p) => [p.id, p]))
  const done = work.map((w): WorkRow => ({ ...w, person: known.get(w.person_id) }))
  const there = new Set(done.map((w) => w.person_id))
  const others = (people ?? []).filter((p) => p.active && p.role === 'salesperson' && !there.has(p.id))
    .map((p): WorkRow => ({
      ...idle, person_id: p.id, name: p.name, active: true, person: p,
      road_s: counting ? null : 0, road_silent_s: 0, road_m: 0,
    }))
  return [...done, ...others].sort((a, b) =>
    b.records - a.records || b.inspections - a.inspections || a.name.localeCompare(b.name))
}

/** The sums of all rows; the road's is null while one is not known. */
export function sumOf(rows: Work[]) {
  const sum = (of: (w: Work) => number) => rows.reduce((n, w) => n + of(w), 0)
  return {
    records: sum((w) => w.records), onSite: sum((w) => w.on_site_s), inspections: sum((w) => w.inspections),
    road: rows.some((w) => w.road_s === null) ? null : sum((w) => w.road_s ?? 0),
  }
}

/** How often customers were visited in the last 90 days beside their cycles, by salesperson. */
export const useFrequency = () =>
  useQuery({
    queryKey: ['frequency'],
    queryFn: async () => rows(await get<Frequency[]>('/v1/warnings/frequency')),
    staleTime: 300_000,
  })

export const visitStates = ['open', 'pending', 'valid', 'rejected', 'abandoned', 'void'] as const

/** What narrows the list of visits. */
export interface VisitFilter {
  from?: string
  person?: number | null
  state?: Visit['state'] | null
}

/** Visits, the newest first. */
export const useVisits = (filter: VisitFilter, wanted = true) =>
  useInfiniteQuery({
    queryKey: ['visits', 'records', filter],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<Visit>>('/v1/visits', { ...filter, limit: 100, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
    enabled: wanted,
  })

const pending: VisitFilter = { state: 'pending' }

/** The visits that wait for a yes, and how many they are; for who may decide. */
export function usePendingVisits() {
  const { me, may } = useSession()
  const decides = (me.role === 'manager' || me.role === 'admin') && may('visits.write')
  const list = useVisits(pending, decides && may('visits.read'))
  const all = list.data?.pages.flatMap((p) => rows(p)) ?? []
  const total = list.data?.pages[0]?.total ?? 0
  return { list, visits: all, total: total < 0 ? all.length : total }
}

/** Whether this person may decide about a visit: never about one's own. */
export function useMayDecide(visit: Visit): boolean {
  const { me, may } = useSession()
  return (me.role === 'manager' || me.role === 'admin') && may('visits.write') && visit.person_id !== me.id
}

export type Verdict = 'approve' | 'reject' | 'void'

/** Decides about a visit. */
export function useVerdict(visit: number) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const decide = async (verdict: Verdict, reason: string) => {
    setBusy(true)
    try {
      await post(`/v1/visits/${visit}/decision`, { verdict, reason })
    } finally {
      setBusy(false)
      void client.invalidateQueries({ queryKey: ['visits'] })
    }
  }
  return { busy, decide }
}
