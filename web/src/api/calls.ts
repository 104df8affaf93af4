import { useQuery } from '@tanstack/react-query'
import { get, rows } from './client'
import type { BoardCall, Page, Skills } from './types'

/** The dispatchers' board, as the server describes it. */

/** Calls that are open, then those that somebody is on the way to. */
export const useBoard = (on = true) =>
  useQuery({
    queryKey: ['calls', 'board'],
    queryFn: async () => rows(await get<Page<BoardCall>>('/v1/calls')),
    enabled: on,
    refetchInterval: 30_000, // ages grow
  })

/** What people can do that calls may ask for. */
export const useSkills = (on = true) =>
  useQuery({
    queryKey: ['skills'],
    queryFn: async () => rows(await get<Page<Skills>>('/v1/skills')),
    enabled: on,
  })

/** Each skill that somebody has, once, in order. */
export function skillNames(all: Skills[] | undefined): string[] {
  return [...new Set((all ?? []).flatMap((s) => s.skills))].sort((a, b) => a.localeCompare(b))
}

/** What of the application a command on the board makes old. */
export const touched = ['calls', 'day', 'days', 'due', 'nearest'] as const

export type Urgency = 'over' | 'soon' | 'calm'

/** How near the end of a call's window is, in seconds by the server's clock. */
export function urgency(left: number | null): Urgency {
  return left === null ? 'calm' : left < 0 ? 'over' : left < 3600 ? 'soon' : 'calm'
}

/** The instant at which clocks of a zone show a time (14:30) of a calendar day (2026-11-23). */
export function instantOf(day: string, time: string, zone: string): string {
  const wanted = Date.parse(`${day}T${time}:00Z`)
  const shown = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    second: '2-digit', hourCycle: 'h23',
  })
  // Twice, because the first guess may lie on the other side of a change of clocks.
  let at = wanted
  for (let i = 0; i < 2; i++) at += wanted - Date.parse(`${shown.format(at).replace(' ', 'T')}Z`)
  return new Date(at).toISOString()
}
