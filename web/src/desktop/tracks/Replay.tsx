import { useEffect, useMemo, useState } from 'react'
import { Button, Segmented, Select, Slider } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { Download, Pause, Play, X } from 'lucide-react'
import { get } from '../../api/client'
import { useDay, usePeople, useTrack } from '../../api/queries'
import type { components } from '../../api/schema'
import { clock, distance, duration, kilometres } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { Pin } from '../../map/Pin'
import { RouteLayer } from '../../map/RouteLayer'
import { useSession } from '../../session/session'
import { personPaint } from '../../theme/palette'
import { Avatar } from '../Avatar'
import { Crossings } from './Crossings'
import { csv, offRoute, placeAt, wayUntil, type Point } from './replay'

type Report = components['schemas']['ReportOut']
type Detour = components['schemas']['DetourOut']
type Mileage = components['schemas']['DayMileage']

const frame = 50 // ms between two pictures of a replay
const speeds = [60, 300, 1200]

function usePoints(person: number | null, date: string): Point[] {
  const track = useTrack(person, date)
  return useMemo(
    () => track.data?.fixes.map((f) => ({ at: Date.parse(f.at), position: f.position as [number, number] })) ?? [],
    [track.data],
  )
}

/** A day of a person on the map: plan, way, stays, and a slider over the time. */
export function Replay({ person, onClose }: { person: number; onClose: () => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const [date, setDate] = useState(me.business_day)
  const [other, setOther] = useState<number | null>(null)
  const points = usePoints(person, date)
  const others = usePoints(other, date)
  const span = useMemo(() => {
    const all = [...points, ...others].map((p) => p.at)
    return all.length > 1 ? { from: Math.min(...all), to: Math.max(...all) } : null
  }, [points, others])
  const time = useTime(span)
  const paint = (id: number | null) => personPaint(people.data?.find((p) => p.id === id)?.color_index)
  const name = (id: number | null) => people.data?.find((p) => p.id === id)?.name ?? ''
  return (
    <>
      <Plan person={person} date={date} />
      <Way id="route-other" points={others} at={time.at} colour={paint(other).fill} name={name(other)} index={other} />
      <Way id="route-track" points={points} at={time.at} colour={paint(person).fill} name={name(person)} index={person} />
      <OffRoute person={person} date={date} points={points} />
      <Stays person={person} date={date} />
      <section className="replay" aria-label={t('replay.title')}>
        <div className="replay-row">
          <b>{name(person)}</b>
          <input type="date" value={date} max={me.business_day} aria-label={t('replay.date')}
            onChange={(e) => e.target.value && setDate(e.target.value)} />
          <Select size="small" allowClear value={other} placeholder={t('replay.compare')} aria-label={t('replay.compare')}
            style={{ width: 180 }} onChange={(v: number | undefined) => setOther(v ?? null)}
            options={people.data?.filter((p) => p.role === 'salesperson' && p.id !== person)
              .map((p) => ({ value: p.id, label: p.name }))} />
          <Figures person={person} date={date} />
          <Crossings person={person} date={date} onPick={(at) => time.set(at)} />
          <Downloads person={person} date={date} />
          <button type="button" className="icon-button" onClick={onClose} aria-label={t('replay.close')}>
            <X size={18} aria-hidden />
          </button>
        </div>
        {span ? (
          <div className="replay-row">
            <Button size="small" type="primary" onClick={time.toggle} aria-label={time.playing ? t('replay.pause') : t('replay.play')}
              icon={time.playing ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />} />
            <span className="num replay-clock">{clock(new Date(time.at).toISOString(), me.timezone)}</span>
            <Slider className="replay-slider" min={span.from} max={span.to} step={1000} value={time.at} onChange={time.set}
              tooltip={{ open: false }} ariaLabelForHandle={t('replay.time')} />
            <Segmented size="small" value={time.speed} onChange={time.setSpeed} aria-label={t('replay.speed')}
              options={speeds.map((v) => ({ value: v, label: `${v}×` }))} />
          </div>
        ) : <p className="replay-none">{t('replay.none')}</p>}
      </section>
    </>
  )
}

/** The instant that is shown: the end at first, then as the slider and the clock say. */
function useTime(span: { from: number; to: number } | null) {
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

function Way({ id, points, at, colour, name, index }: {
  id: string
  points: Point[]
  at: number
  colour: string
  name: string
  index: number | null
}) {
  const people = usePeople()
  const line = useMemo(() => ({ type: 'LineString' as const, coordinates: wayUntil(points, at) }), [points, at])
  const here = placeAt(points, at)
  return (
    <>
      <RouteLayer id={id} line={line} colour={colour} />
      {here && (
        <Pin at={here} level={6}>
          <Avatar name={name} index={people.data?.find((p) => p.id === index)?.color_index} size={30} />
        </Pin>
      )}
    </>
  )
}

function Plan({ person, date }: { person: number; date: string }) {
  const day = useDay(person, date)
  const people = usePeople()
  const paint = personPaint(people.data?.find((p) => p.id === person)?.color_index)
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
function OffRoute({ person, date, points }: { person: number; date: string; points: Point[] }) {
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

const useReport = (person: number, date: string) =>
  useQuery({
    queryKey: ['track-report', person, date],
    queryFn: () => get<Report>(`/v1/track-reports/${person}`, { from: date }),
    retry: false,
  })

function Stays({ person, date }: { person: number; date: string }) {
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

function Figures({ person, date }: { person: number; date: string }) {
  const { t } = useSpeech()
  const report = useReport(person, date)
  const detour = useQuery({
    queryKey: ['detour', person, date],
    queryFn: () => get<Detour>(`/v1/detours/${person}/${date}`),
    retry: false,
  })
  if (!report.data || report.data.fixes === 0) return null
  const ratio = (v: number | null | undefined) => (v == null ? '–' : v.toFixed(2))
  return (
    <span className="replay-figures num" role="status">
      <span><b>{distance(report.data.distance_m)}</b> {t('replay.travelled')}</span>
      <span><b>{ratio(detour.data?.of_planned)}</b> {t('replay.planned')}</span>
      <span><b>{ratio(detour.data?.of_shortest)}</b> {t('replay.shortest')}</span>
      <span><b>{duration(report.data.standing_s)}</b> {t('replay.standing')}</span>
      <span>{t('replay.stays', { n: report.data.stays.length })}</span>
    </span>
  )
}

function Downloads({ person, date }: { person: number; date: string }) {
  const { t } = useSpeech()
  const month = async () => {
    const from = `${date.slice(0, 7)}-01`
    const days = await get<Mileage[]>(`/v1/mileage/${person}`, { from, to: date })
    const text = csv([['date', 'km', 'trips', 'driving_min', 'standing_min'], ...days.map((d) =>
      [d.date, kilometres(d.distance_m), d.trips, Math.round(d.moving_s / 60), Math.round(d.standing_s / 60)])])
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
    link.download = `mileage-${person}-${date.slice(0, 7)}.csv`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <span className="replay-downloads">
      <Button size="small" icon={<Download size={13} aria-hidden />} onClick={() => void month()}>{t('replay.csv')}</Button>
      <Button size="small" href={`/v1/tracks/${person}/export?from=${date}&format=gpx`}
        icon={<Download size={13} aria-hidden />}>{t('replay.gpx')}</Button>
    </span>
  )
}
