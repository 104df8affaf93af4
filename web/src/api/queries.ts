import { useQuery, useInfiniteQuery, keepPreviousData } from '@tanstack/react-query'
import { get, rows, type Query } from './client'
import type {
  Colleague, Customer, Day, DayRow, DemoLogin, DispatchedCall, DueCustomer, Facets, NearPerson, Page,
  KindNode, Person, PinProposal, RoleRow, SearchHit, Team, Track,
} from './types'
import type { LonLat } from '../geo/datum'

/** Reads of the server, cached by what they ask. Keys start with the noun. */

export const useDemoLogins = () =>
  useQuery({
    queryKey: ['demo-logins'],
    queryFn: async () => rows(await get<DemoLogin[]>('/v1/demo-logins')),
    retry: false,
  })

export const usePeople = () =>
  useQuery({
    queryKey: ['people'],
    queryFn: everybody,
    staleTime: 60_000,
  })

/** All people that one may see, page by page. */
async function everybody(): Promise<Person[]> {
  const all: Person[] = []
  for (let after = ''; ;) {
    const page = await get<Page<Person>>('/v1/people', { limit: 200, after })
    all.push(...rows(page))
    after = page.next ?? ''
    if (!after) return all
  }
}

export const useTeams = () =>
  useQuery({
    queryKey: ['teams'],
    queryFn: async () => rows(await get<Page<Team>>('/v1/teams')),
    staleTime: 60_000,
  })

export const useCustomers = (filter: Query, sort: string, enabled = true) =>
  useInfiniteQuery({
    queryKey: ['customers', filter, sort],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      get<Page<Customer>>('/v1/customers', { ...filter, sort, limit: 50, after: pageParam }, signal),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    enabled,
  })

export const useCount = (filter: Query) =>
  useQuery({
    queryKey: ['count', filter],
    queryFn: () => get<{ total: number; located?: number }>('/v1/customers/count', filter),
    placeholderData: keepPreviousData,
  })

export const useFacets = (filter: Query) =>
  useQuery({
    queryKey: ['facets', filter],
    queryFn: () => get<Facets>('/v1/customers/facets', filter),
    placeholderData: keepPreviousData,
  })

export const useKinds = (filter: Query, pool = false) =>
  useQuery({
    queryKey: ['facets', 'kinds', filter, pool],
    queryFn: async () =>
      rows(await get<{ items: KindNode[] | null }>(pool ? '/v1/pool/kinds' : '/v1/customers/kinds', filter)),
    placeholderData: keepPreviousData,
  })

export const useColleagues = () =>
  useQuery({
    queryKey: ['colleagues'],
    queryFn: async () => rows(await get<{ items: Colleague[] | null }>('/v1/colleagues')),
    staleTime: 60_000,
  })

export const useCustomer = (id: number | null) =>
  useQuery({
    queryKey: ['customer', id],
    queryFn: () => get<Customer>(`/v1/customers/${id}`),
    enabled: id !== null,
  })

export const useDays = (date: string) =>
  useQuery({
    queryKey: ['days', date],
    queryFn: async () => rows(await get<Page<DayRow>>('/v1/days', { date })),
    placeholderData: keepPreviousData,
  })

export const useDay = (person: number | null, date: string) =>
  useQuery({
    queryKey: ['day', person, date],
    queryFn: () => get<Day>(`/v1/days/${person}/${date}`),
    enabled: person !== null,
    refetchOnWindowFocus: false,
  })

export const useDue = (person: number | null, date: string) =>
  useQuery({
    queryKey: ['due', person, date],
    queryFn: async () => rows(await get<Page<DueCustomer>>('/v1/due', { person, date, limit: 200 })),
    enabled: person !== null,
  })

export const useCalls = (date: string) =>
  useQuery({
    queryKey: ['calls', 'sent', date],
    queryFn: async () => rows(await get<Page<DispatchedCall>>('/v1/assignments', { date })),
  })

export const useNearest = (target: { customer?: number; point?: LonLat; skill?: string } | null) =>
  useQuery({
    queryKey: ['nearest', target],
    queryFn: async () =>
      rows(
        await get<Page<NearPerson>>('/v1/nearest-people', {
          customer: target?.customer,
          lon: target?.point?.[0],
          lat: target?.point?.[1],
          skill: target?.skill,
        }),
      ),
    enabled: target !== null,
    refetchInterval: 15_000,
  })

export const useTrack = (person: number | null, date: string) =>
  useQuery({
    queryKey: ['track', person, date],
    queryFn: () => get<Track>(`/v1/tracks/${person}/${date}`),
    enabled: person !== null,
    retry: false,
  })

/** One's own track of a day. */
export const useOwnTrack = (date: string, wanted: boolean) =>
  useQuery({
    queryKey: ['track', 'me', date],
    queryFn: () => get<Track>(`/v1/me/track/${date}`),
    enabled: wanted,
    retry: false,
  })

export const useSearch = (words: string) =>
  useQuery({
    queryKey: ['search', words],
    queryFn: async ({ signal }) =>
      rows(await get<Page<SearchHit>>('/v1/search', { q: words }, signal)),
    enabled: words.trim().length > 0,
    placeholderData: keepPreviousData,
  })

export const useRoles = () =>
  useQuery({
    queryKey: ['roles'],
    queryFn: async () => rows(await get<Page<RoleRow>>('/v1/roles')),
    staleTime: 60_000,
  })

/** Where the first check-in says that a customer without a position is. */
export const usePinProposal = (customer: number, wanted: boolean) =>
  useQuery({
    queryKey: ['pin-proposal', customer],
    queryFn: () => get<PinProposal>(`/v1/customers/${customer}/pin-proposal`),
    enabled: wanted,
    retry: false,
  })
