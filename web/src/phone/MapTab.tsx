import { useEffect, useMemo, useRef, useState } from 'react'
import { History, LocateFixed, Navigation } from 'lucide-react'
import { useLocation, useSearch } from 'wouter'
import { useRevision } from '../api/live'
import { useDay, useOwnTrack, usePeople, useTrack } from '../api/queries'
import { usePositions } from '../api/positions'
import type { Stop } from '../api/types'
import type { LonLat } from '../geo/datum'
import { useLivePositions } from '../desktop/live/useLivePositions'
import { age } from '../format/format'
import { useSpeech } from '../i18n/language'
import { ChosenLayers, LayerSwitch } from '../desktop/maptools/Layers'
import '../desktop/maptools/maptools.css'
import { CustomerLayer } from '../map/customers'
import { MapStage } from '../map/MapStage'
import { Pin } from '../map/Pin'
import { RouteLayer } from '../map/RouteLayer'
import { showAll, showPlace } from '../map/camera'
import { useStage } from '../map/context'
import { PersonPins } from '../map/PersonPins'
import { useSession } from '../session/session'
import { personPaint } from '../theme/palette'
import { locate, LocateError } from './locate'
import { NavigateSheet } from './NavigateSheet'
import { useToast } from './toast'

const everybody = {}

/** The map in the hand: the beat for whoever sells, the people for whoever leads. */
export default function MapTab() {
  const { me, may } = useSession()
  const { t } = useSpeech()
  const people = usePeople()
  const [revision] = useRevision(['customer', 'visit', 'resync'])
  const selling = me.role === 'salesperson'
  // A leader may follow one person; whoever sells follows themselves.
  const followed = Number(new URLSearchParams(useSearch()).get('person')) || null
  const subject = selling ? me.id : followed
  const day = useDay(subject, me.business_day)
  const ownTrack = useOwnTrack(me.business_day, selling)
  const track = useTrack(selling ? null : followed, me.business_day)
  const driven = selling ? ownTrack.data : track.data
  const line = useMemo(
    () => ({ type: 'LineString' as const, coordinates: driven?.fixes.map((f) => f.position) ?? [] }),
    [driven],
  )
  const own = people.data?.find((p) => p.id === subject)
  const paint = personPaint(own?.color_index)
  const [, go] = useLocation()
  const [stop, setStop] = useState<Stop | null>(null)
  return (
    <div className="phone-map">
      <h1 className="sr-only">{t('nav.map')}</h1>
      <MapStage initial={null} bounds={me.company.bounds} controls={false}>
        <CustomerLayer filter={everybody} by="owner" people={people.data ?? []} selected={null}
          faded={subject !== null} revision={revision} onPick={(id) => go(`/customers/${id}`)} />
        {day.data && (
          <>
            <RouteLayer id="route-day" line={day.data.line} colour="#7b8794" dashed width={4} />
            <RouteLayer id="route-track" line={line} colour={paint.fill} width={6} />
            {day.data.stops.map((s, i) => s.position && (
              <Pin key={i} at={s.position} level={2}>
                <button type="button" className="stop-pin big" data-state={s.state}
                  aria-label={`${i + 1}. ${s.name}`} onClick={() => setStop(s)}
                  style={{ '--pin': paint.fill, '--pin-text': paint.text } as object}>{i + 1}</button>
              </Pin>
            ))}
          </>
        )}
        {may('positions.read') && !selling && <LivePeople selected={followed} />}
        <ChosenLayers />
        <Fit stops={day.data?.stops} />
        <Here />
        <div className="map-tools phone-layers"><LayerSwitch counting={false} /></div>
      </MapStage>
      {followed !== null && !selling && !stop && may('tracks.read') && <FollowBar person={followed} />}
      {stop && <StopBar stop={stop} onClose={() => setStop(null)} />}
    </div>
  )
}

/** Whom the map follows: how old their position is, and the way to their day. */
function FollowBar({ person }: { person: number }) {
  const { t, language } = useSpeech()
  const [, go] = useLocation()
  const people = usePeople()
  const positions = usePositions()
  const live = positions.data?.find((p) => p.person_id === person)
  return (
    <div className="map-bar">
      <button type="button" className="map-bar-main" onClick={() => go('/map')}>
        <b>{people.data?.find((p) => p.id === person)?.name}</b>
        <small>
          {live ? t('near.fix', { age: age(live.age_s, language) }) : t('live.noFix')}
          {live && !live.fresh && ` · ${t('live.old')}`}
        </small>
      </button>
      <button type="button" className="button primary" onClick={() => go(`/replay/${person}`)}>
        <History size={20} aria-hidden /> {t('replay.title')}
      </button>
    </div>
  )
}

function LivePeople({ selected }: { selected: number | null }) {
  const positions = usePositions()
  useLivePositions()
  const [, go] = useLocation()
  return (
    <PersonPins positions={positions.data ?? []} selected={selected}
      onPick={(id) => go(selected === id ? '/map' : `/map?person=${id}`)} />
  )
}

function Fit({ stops }: { stops: Stop[] | undefined }) {
  const stage = useStage()
  const fitted = useRef(false)
  const places = useMemo(() => stops?.map((s) => s.position) ?? [], [stops])
  useEffect(() => {
    if (!stage || fitted.current || places.length === 0) return
    fitted.current = true
    showAll(stage.map, places)
  }, [stage, places])
  return null
}

function Here() {
  const { t } = useSpeech()
  const stage = useStage()
  const say = useToast()
  const [at, setAt] = useState<LonLat | null>(null)
  const find = async () => {
    try {
      const fix = await locate()
      setAt(fix.position)
      if (stage) showPlace(stage.map, fix.position, 15)
    } catch (error) {
      if (error instanceof LocateError) say(t(`locate.${error.fault}`))
    }
  }
  return (
    <>
      <button type="button" className="round float" onClick={() => void find()} aria-label={t('phone.where')}>
        <LocateFixed size={24} aria-hidden />
      </button>
      {at && <Pin at={at} level={3}><span className="here" role="img" aria-label={t('phone.where')} /></Pin>}
    </>
  )
}

function StopBar({ stop, onClose }: { stop: Stop; onClose: () => void }) {
  const { t } = useSpeech()
  const [leading, setLeading] = useState(false)
  return (
    <div className="map-bar">
      <button type="button" className="map-bar-main" onClick={onClose}>
        <b>{stop.name}</b><small>{stop.address}</small>
      </button>
      {stop.position && (
        <button type="button" className="button primary" onClick={() => setLeading(true)}>
          <Navigation size={20} aria-hidden /> {t('phone.navigate')}
        </button>
      )}
      {leading && stop.position && (
        <NavigateSheet to={stop.position} name={stop.name} onClose={() => setLeading(false)} />
      )}
    </div>
  )
}
