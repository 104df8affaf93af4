import { useMemo, useState } from 'react'
import { ChevronLeft, Pause, Play, Route } from 'lucide-react'
import { Link, useParams } from 'wouter'
import { usePeople, useTrack } from '../api/queries'
import { clock, distance, duration } from '../format/format'
import { useSpeech } from '../i18n/language'
import { MapStage } from '../map/MapStage'
import {
  OffRoute, Plan, Stays, useCrossings, useReport, usePerson, usePoints, useSpan, useTime, Way,
} from '../map/ReplayLayers'
import { Whole } from '../map/Whole'
import { useSession } from '../session/session'
import { DayPicker, Figure, useDate } from './MyNumbers'
import { Blank, Failure, Loading } from './bits'
import './mine.css'

/** A day of somebody of the team in the hand: way, visits and stays, a slider over the time, beside somebody else's. */
export default function TrackReplay() {
  const { t } = useSpeech()
  const { me } = useSession()
  const person = Number(useParams<{ person: string }>().person)
  const [date, setDate] = useDate()
  const [other, setOther] = useState<number | null>(null)
  const track = useTrack(person, date)
  const points = usePoints(person, date)
  const others = usePoints(other, date)
  const span = useSpan(points, others)
  const time = useTime(span)
  const people = usePeople()
  const who = usePerson(person)
  const way = useMemo(() => [...points, ...others].map((p) => p.position), [points, others])
  return (
    <>
      <header className="top mine-top">
        <Link href={`/map?person=${person}`} className="round" aria-label={t('nav.map')}><ChevronLeft size={24} aria-hidden /></Link>
        <div><h1>{who.name || t('replay.title')}</h1>{who.name && <p>{t('replay.title')}</p>}</div>
      </header>
      <DayPicker date={date} onDate={setDate} latest={me.business_day} />
      {track.isPending && <Loading />}
      {track.isError && <Failure error={track.error} retry={() => void track.refetch()} />}
      {track.data && way.length === 0 && <Blank icon={<Route size={32} />} title={t('replay.none')} />}
      {track.data && way.length > 0 && (
        <>
          <div className="mine-map">
            <MapStage initial={null} bounds={me.company.bounds} controls={false}>
              <Plan person={person} date={date} />
              <Way id="route-other" points={others} at={time.at} person={other} />
              <Way id="route-track" points={points} at={time.at} person={person} />
              <OffRoute person={person} date={date} points={points} />
              <Stays person={person} date={date} />
              <Whole way={way} />
            </MapStage>
          </div>
          {span && <Clock time={time} span={span} />}
          <label className="mine-compare">
            <span>{t('replay.compare')}</span>
            <select value={other ?? ''} onChange={(e) => setOther(Number(e.target.value) || null)}>
              <option value="">–</option>
              {people.data?.filter((p) => p.role === 'salesperson' && p.id !== person)
                .map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
            </select>
          </label>
          <Day person={person} date={date} onPick={time.set} />
        </>
      )}
    </>
  )
}

function Clock({ time, span }: { time: ReturnType<typeof useTime>; span: { from: number; to: number } }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const said = clock(new Date(time.at).toISOString(), me.timezone)
  return (
    <div className="mine-clock">
      <button type="button" className="round" onClick={time.toggle}
        aria-label={time.playing ? t('replay.pause') : t('replay.play')}>
        {time.playing ? <Pause size={24} aria-hidden /> : <Play size={24} aria-hidden />}
      </button>
      <input type="range" min={span.from} max={span.to} step={1000} value={time.at} aria-label={t('replay.time')}
        aria-valuetext={said} onChange={(e) => time.set(Number(e.target.value))} />
      <b className="num">{said}</b>
    </div>
  )
}

/** What the day came to, its visits and stays; a tap goes to that time. */
function Day({ person, date, onPick }: { person: number; date: string; onPick: (at: number) => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const report = useReport(person, date)
  const crossings = useCrossings(person, date)
  if (!report.data) return null
  const rows = [
    ...report.data.stays.map((s) => ({
      at: Date.parse(s.begin), word: t('replay.stay', { from: clock(s.begin, me.timezone), to: clock(s.end, me.timezone) }),
      span: duration((Date.parse(s.end) - Date.parse(s.begin)) / 1000),
    })),
    ...(crossings.data ?? []).filter((c) => c.kind === 'site' && c.entered && c.name).map((c) => ({
      at: Date.parse(c.at), word: c.name, span: clock(c.at, me.timezone),
    })),
  ].sort((a, b) => a.at - b.at)
  return (
    <>
      <section className="mine-figures">
        <Figure value={distance(report.data.distance_m)} word={t('replay.travelled')} />
        <Figure value={duration(report.data.moving_s)} word={t('mine.moving')} />
        <Figure value={duration(report.data.standing_s)} word={t('replay.standing')} />
      </section>
      <ol className="mine-stays" aria-label={t('mine.stays')}>
        {rows.map((r, i) => (
          <li key={`${r.at}-${i}`}>
            <button type="button" onClick={() => onPick(r.at)}><span>{r.word}</span><span className="num">{r.span}</span></button>
          </li>
        ))}
      </ol>
    </>
  )
}
