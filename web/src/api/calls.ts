import { useQuery } from '@tanstack/react-query'
import { clock, dateOf, day, type Language } from '../format/format'
import type { Translate } from '../i18n/language'
import { get, rows } from './client'
import type { BoardCall, Me, Page, Skills } from './types'

/** The dispatchers' board, as the server describes it. */

/** Calls that are open, then those that somebody is on the way to. */
export const useBoard = (on = true) =>
  useQuery({
    queryKey: ['calls', 'board'],
    queryFn: async () => rows(await get<Page<BoardCall>>('/v1/calls')),
    enabled: on,
    refetchInterval: 30_000, // ages grow
  })

/** Calls that were done or withdrawn today, the latest first; at most a hundred. */
export function useClosedCalls(me: Me, on = true) {
  return useQuery({
    queryKey: ['calls', 'closed', me.business_day],
    queryFn: async () => rows(await get<Page<BoardCall>>('/v1/calls', { closed: true, limit: 100 }))
      .filter((c) => c.closed_at && dateOf(c.closed_at, me.timezone) === me.business_day),
    enabled: on,
  })
}

/** What became of a call, and who did it. */
export interface CallStep {
  what: 'opened' | 'sent' | 'done' | 'withdrawn'
  at: string
  by: string
  more: string
}

/** What became of a call, in order, as far as the call itself remembers. */
export function callSteps(c: BoardCall): CallStep[] {
  const steps: CallStep[] = [{ what: 'opened', at: c.opened_at, by: c.opened_by, more: '' }]
  if (c.assigned_at) steps.push({ what: 'sent', at: c.assigned_at, by: c.assigned_by, more: c.person_name })
  if (c.closed_at) {
    steps.push({
      what: c.state === 'withdrawn' ? 'withdrawn' : 'done', at: c.closed_at, by: c.closed_by, more: c.reason,
    })
  }
  return steps
}

/** A time of the company's clocks, with its day unless that is today. */
export const whenOf = (at: string, me: Me, language: Language) =>
  dateOf(at, me.timezone) === me.business_day ? clock(at, me.timezone)
    : `${day(dateOf(at, me.timezone), language)} ${clock(at, me.timezone)}`

/** When a call wants to be answered, in words. */
export function windowWords(c: BoardCall, me: Me, { t, language }: {
  t: Translate
  language: Language
}): string {
  const from = c.from && whenOf(c.from, me, language)
  const until = c.until && whenOf(c.until, me, language)
  if (from && until) return `${from}–${until}`
  return until ? t('board.until', { at: until }) : from ? t('board.from', { at: from }) : t('board.anytime')
}

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
