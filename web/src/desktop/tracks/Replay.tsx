import { useState } from 'react'
import { Button, Segmented, Select, Slider } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { Download, Pause, Play, X } from 'lucide-react'
import { get } from '../../api/client'
import { usePeople } from '../../api/queries'
import type { components } from '../../api/schema'
import { csv } from '../../format/csv'
import { clock, distance, duration, kilometres } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import {
  OffRoute, Plan, speeds, Stays, usePerson, usePoints, useReport, useSpan, useTime, Way,
} from '../../map/ReplayLayers'
import { useSession } from '../../session/session'
import { Crossings } from './Crossings'

type Detour = components['schemas']['DetourOut']
type Mileage = components['schemas']['DayMileage']

/** A day of a person on the map: plan, way, stays, and a slider over the time. */
export function Replay({ person, onClose }: { person: number; onClose: () => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const [date, setDate] = useState(me.business_day)
  const [other, setOther] = useState<number | null>(null)
  const points = usePoints(person, date)
  const others = usePoints(other, date)
  const span = useSpan(points, others)
  const time = useTime(span)
  const { name } = usePerson(person)
  return (
    <>
      <Plan person={person} date={date} />
      <Way id="route-other" points={others} at={time.at} person={other} />
      <Way id="route-track" points={points} at={time.at} person={person} />
      <OffRoute person={person} date={date} points={points} />
      <Stays person={person} date={date} />
      <section className="replay" aria-label={t('replay.title')}>
        <div className="replay-row">
          <b>{name}</b>
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
