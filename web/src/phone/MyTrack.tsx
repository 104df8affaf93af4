import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Route } from 'lucide-react'
import { get } from '../api/client'
import { useOwnTrack, usePeople } from '../api/queries'
import type { components } from '../api/schema'
import { clock, distance, duration } from '../format/format'
import { useSpeech } from '../i18n/language'
import { MapStage } from '../map/MapStage'
import { Pin } from '../map/Pin'
import { RouteLayer } from '../map/RouteLayer'
import { Whole } from '../map/Whole'
import { useSession } from '../session/session'
import { personPaint } from '../theme/palette'
import { BackToMe, DayPicker, Figure, useDate } from './MyNumbers'
import { Blank, Failure, Loading } from './bits'
import './mine.css'

type Summary = components['schemas']['ReportOut']
type Place = [number, number]

/** One's own way of a day: the line, how far, and where one stood. */
export default function MyTrack() {
  const { t } = useSpeech()
  const { me } = useSession()
  const [date, setDate] = useDate()
  const people = usePeople()
  const track = useOwnTrack(date, true)
  const summary = useQuery({
    queryKey: ['track', 'me', 'summary', date],
    queryFn: () => get<Summary>(`/v1/track-reports/${me.id}`, { from: date }),
    retry: false,
  })
  const paint = personPaint(people.data?.find((p) => p.id === me.id)?.color_index)
  const way = useMemo(() => (track.data?.fixes ?? []).map((f) => f.position as Place), [track.data])
  const line = useMemo(() => ({ type: 'LineString' as const, coordinates: way }), [way])
  const stays = summary.data?.stays ?? []
  const error = track.error ?? summary.error
  return (
    <>
      <BackToMe title={t('mine.track')} />
      <DayPicker date={date} onDate={setDate} latest={me.business_day} />
      {(track.isPending || summary.isPending) && <Loading />}
      {error && <Failure error={error} retry={() => {
        void track.refetch()
        void summary.refetch()
      }} />}
      {track.data && summary.data && way.length === 0 && (
        <Blank icon={<Route size={32} />} title={t('mine.noTrack')}><p>{t('mine.noTrackHint')}</p></Blank>
      )}
      {track.data && summary.data && way.length > 0 && (
        <>
          <section className="mine-figures">
            <Figure value={distance(summary.data.distance_m)} word={t('mine.travelled')} />
            <Figure value={duration(summary.data.moving_s)} word={t('mine.moving')} />
            <Figure value={String(stays.length)} word={t('mine.stays')} />
          </section>
          <div className="mine-map">
            <MapStage initial={null} bounds={me.company.bounds} controls={false}>
              <RouteLayer id="route-mine" line={line} colour={paint.fill} width={6} />
              {stays.map((s, i) => (
                <Pin key={s.begin} at={s.position as Place} level={2}>
                  <span className="stop-pin" style={{ '--pin': paint.fill, '--pin-text': paint.text } as object}>{i + 1}</span>
                </Pin>
              ))}
              <Whole way={way} />
            </MapStage>
          </div>
          <ol className="mine-stays" aria-label={t('mine.stays')}>
            {stays.map((s, i) => (
              <li key={s.begin}>
                <b className="num">{i + 1}</b>
                <span className="num">{clock(s.begin, me.timezone)}–{s.open ? '' : clock(s.end, me.timezone)}</span>
                <span className="num">{duration((Date.parse(s.end) - Date.parse(s.begin)) / 1000)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  )
}
