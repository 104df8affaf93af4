import { useEffect, useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { get } from '../api/client'
import { useDay, usePeople, useTrack } from '../api/queries'
import type { components } from '../api/schema'
import { Avatar } from '../desktop/Avatar'
import { clock } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { personPaint } from '../theme/palette'
import { Pin } from './Pin'
import { offRoute, placeAt, wayUntil, type Point } from './replay'
import { RouteLayer } from './RouteLayer'

export type Report = components['schemas']['ReportOut']

const frame = 50 // ms between two pictures of a replay
export const speeds = [60, 300, 1200]

/** The fixes of a person's day. */
export function usePoints(person: number | null, date: string): Point[] {
  const track = useTrack(person, date)
  return useMemo(
    () => track.data?.fixes.map((f) => ({ at: Date.parse(f.at), position: f.position as [number, number] })) ?? [],
    [track.data],
  )
}

/** From the first fix of anybody to the last; null when there are none. */
export function useSpan(points: Point[], others: Point[]) {
  return useMemo(() => {
    if (points.length + others.length < 2) return null
    const ways = [points, others].filter((way) => way.length > 0) // each in the order of time
    return {
      from: Math.min(...ways.map((way) => way[0]?.at ?? Infinity)),
      to: Math.max(...ways.map((way) => way[way.length - 1]?.at ?? -Infinity)),
    }
  }, [points, others])
}

/** The instant that is shown: the end at first, then as the slider and the clock say. */
export function useTime(span: { from: number; to: number } | null) {
  const [at, set] = useState(0)
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState(speeds[1] ?? 300)
  const from = span?.from ?? 0
  const to = span?.to ?? 0
  useEffect(() => {
    set(to)
    setPlaying(false)
  }, [from, to])
  useEffect(() => {
    if (!playing) return
    const timer = setInterval(() => set((v) => {
      const next = v + frame * speed
      if (next >= to) setPlaying(false)
      return Math.min(to, next)
    }), frame)
    return () => clearInterval(timer)
  }, [playing, speed, to])
  const toggle = () => {
    if (!playing && at >= to) set(from)
    setPlaying(!playing)
  }
  return { at, set, playing, toggle, speed, setSpeed }
}

/** What the fixes of a person's day come to. */
export const useReport = (person: number, date: string) =>
  useQuery({
    queryKey: ['track-report', person, date],
    queryFn: () => get<Report>(`/v1/track-reports/${person}`, { from: date }),
    retry: false,
  })

export type Crossing = components['schemas']['CrossingOut']

/** When a person came to sites and territories and left, on a day. */
export const useCrossings = (person: number, date: string) =>
  useQuery({
    queryKey: ['crossings', person, date],
    queryFn: () => get<Crossing[]>(`/v1/crossings/${person}/${date}`),
    retry: false,
  })

/** How a person is called and painted. */
export function usePerson(id: number | null) {
  const people = usePeople()
  const person = people.data?.find((p) => p.id === id)
  return { name: person?.name ?? '', index: person?.color_index, paint: personPaint(person?.color_index) }
}

/** The way of a person until an instant, and where they are then. */
export function Way({ id, points, at, person }: { id: string; points: Point[]; at: number; person: number | null }) {
  const who = usePerson(person)
  const line = useMemo(() => ({ type: 'MultiLineString' as const, coordinates: wayUntil(points, at) }), [points, at])
  const here = placeAt(points, at)
  return (
    <>
      <RouteLayer id={id} line={line} colour={who.paint.fill} />
      {here && <Pin at={here} level={6}><Avatar name={who.name} index={who.index} size={30} /></Pin>}
    </>
  )
}

/** The plan of a person's day: its way and its stops. */
export function Plan({ person, date }: { person: number; date: string }) {
  const day = useDay(person, date)
  const { paint } = usePerson(person)
  return (
    <>
      <RouteLayer id="route-plan" line={day.data?.line ?? null} colour="#7b8794" dashed width={4} />
      {day.data?.stops.map((s, i) => s.position && (
        <Pin key={i} at={s.position} level={2}>
          <span className="stop-pin" data-state={s.state} role="img" aria-label={`${i + 1}. ${s.name}`}
            title={s.name} style={{ '--pin': paint.fill, '--pin-text': paint.text } as object}>{i + 1}</span>
        </Pin>
      ))}
    </>
  )
}

const aside = 200 // metres from the planned way that count as off it

/** Where the driven way left the planned one, drawn over it. */
export function OffRoute({ person, date, points }: { person: number; date: string; points: Point[] }) {
  const day = useDay(person, date)
  const plan = day.data?.line?.coordinates
  const stretches = useMemo(
    () => offRoute(points, (plan ?? []) as Point['position'][], aside),
    [points, plan],
  )
  return stretches.map((coordinates, i) => (
    <RouteLayer key={i} id={`route-off-${i}`} line={{ type: 'LineString', coordinates }} colour="#d4380d" width={3} />
  ))
}

/** Where the person stood. */
export function Stays({ person, date }: { person: number; date: string }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const report = useReport(person, date)
  const zone = me.timezone
  return report.data?.stays.map((s) => {
    const words = t('replay.stay', { from: clock(s.begin, zone), to: clock(s.end, zone) })
    return (
      <Pin key={s.begin} at={s.position as [number, number]} level={1}>
        <span className="stay-pin" role="img" aria-label={words} title={words} />
      </Pin>
    )
  })
}
