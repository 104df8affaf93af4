import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Segmented } from 'antd'
import { Crosshair, PhoneIncoming, Radio, X } from 'lucide-react'
import { useBoard, useClosedCalls } from '../../api/calls'
import { useCalls, useDays, usePeople } from '../../api/queries'
import { usePositions } from '../../api/positions'
import type { BoardCall, DayRow, DispatchedCall, LivePosition, Person } from '../../api/types'
import { age } from '../../format/format'
import type { LonLat } from '../../geo/datum'
import { useSpeech } from '../../i18n/language'
import { CustomerLayer } from '../../map/customers'
import { PersonPins } from '../../map/PersonPins'
import { Pin } from '../../map/Pin'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { Avatar } from '../Avatar'
import { CustomerCard } from '../customers/CustomerCard'
import { typing } from '../frame/Keys'
import { useLayout } from '../frame/layout'
import { Panel } from '../frame/Panel'
import { useSelection } from '../selection'
import { Nothing, Trouble, Waiting } from '../states'
import { Replay } from '../tracks/Replay'
import { useUrl } from '../url'
import { Board } from './Board'
import { BoardCard } from './BoardCard'
import { Calls } from './Calls'
import { NewCall } from './NewCall'
import { NearestPeople, type Target } from './NearestPeople'
import { useLivePositions } from './useLivePositions'
import { useMapPoint } from './useMapPoint'

const everybody = {}

interface Row {
  person: Person
  live: LivePosition | undefined
  day: DayRow | undefined
}

/** The board: who is where now; a click on a customer or anywhere finds whom to send. */
export default function LivePage() {
  const { t } = useSpeech()
  const { me, may } = useSession()
  const people = usePeople()
  const positions = usePositions()
  const days = useDays(me.business_day)
  const { selected, select } = useSelection()
  const [chosen, setChosen] = useState<number | null>(null)
  const [point, setPoint] = useState<LonLat | null>(null)
  const [call, setCall] = useState<DispatchedCall | null>(null)
  const [only, setOnly] = useState<'all' | 'out'>('all')
  const sends = may('assignments.write')
  const board = useBoard(sends)
  const closed = useClosedCalls(me, sends)
  const { params, set } = useUrl()
  const wanted = Number(params.get('call'))
  const picked = [...board.data ?? [], ...closed.data ?? []].find((c) => c.id === wanted) ?? null
  const pickCall = (id: number | null) => {
    setPoint(null)
    setCall(null)
    set({ call: id, customer: null })
  }
  const [opening, setOpening] = useState(false)
  useKey('n', () => sends && setOpening(true))
  useLivePositions()
  useMapPoint((at) => {
    setPoint(at)
    setCall(null)
    if (at) set({ customer: null, call: null })
  })
  useEffect(() => {
    if (!selected) return
    setPoint(null)
    setCall(null)
    set({ call: null })
  }, [selected, set])
  const rows = useRows(people.data, positions.data, days.data)
  const failed = [people, positions, days].find((q) => q.isError)
  const shown = only === 'all' ? rows : rows.filter((r) => r.live?.fresh)
  return (
    <>
      <Panel title={t('live.title')} label={t('live.title')}>
        <div className="filters">
          <Segmented block size="small" value={only} onChange={setOnly} options={[
            { value: 'all', label: `${t('filter.all')} ${rows.length}` },
            { value: 'out', label: `${t('live.out')} ${rows.filter((r) => r.live?.fresh).length}` },
          ]} />
          <p className="live-hint"><Crosshair size={15} aria-hidden /> {t('live.hint')}</p>
        </div>
        {sends && <Board chosen={picked?.id ?? null} onPick={pickCall} onNew={() => setOpening(true)} />}
        {sends && (
          <Calls onReassign={(next) => {
            pickCall(null)
            setCall(next)
          }} />
        )}
        {(people.isPending || positions.isPending) && <Waiting />}
        {failed && <Trouble error={failed.error} retry={() => void failed.refetch()} />}
        {positions.data && people.data && shown.length === 0 && (
          <Nothing icon={<Radio size={26} />} title={t('live.none')}>{t('live.noneHint')}</Nothing>
        )}
        <People rows={shown} chosen={chosen} onPick={setChosen} />
      </Panel>
      <CustomerLayer filter={everybody} by="owner" people={people.data ?? []} selected={selected} faded
        onPick={(id) => select(id)} />
      {chosen && may('tracks.read') && <Replay key={chosen} person={chosen} onClose={() => setChosen(null)} />}
      <PersonPins positions={positions.data ?? []} selected={chosen}
        onPick={(id) => setChosen(chosen === id ? null : id)} />
      {point && <Pin at={point} level={7}><span className="target-pin" /></Pin>}
      {selected && <CustomerCard id={selected} near onClose={() => select(null)} />}
      {sends && <CallPins calls={board.data ?? []} chosen={picked?.id ?? null} onPick={pickCall} />}
      {picked && !selected && (
        <SideCard key={picked.id} label={t('board.card')} title={picked.name} sub={picked.address || t('board.point')}
          onClose={() => pickCall(null)}>
          <BoardCard call={picked} />
        </SideCard>
      )}
      {opening && (
        <NewCall place={{}} onClose={() => setOpening(false)} onOpened={(made) => {
          setOpening(false)
          pickCall(made.id)
        }} />
      )}
      {call && !selected && <CallCard key={call.stop_id} call={call} onClose={() => setCall(null)} />}
      {point && !selected && <PointCard point={point} onClose={() => setPoint(null)} />}
    </>
  )
}

/** The calls on the map; the chosen one is brought into view. */
function CallPins({ calls, chosen, onPick }: {
  calls: BoardCall[]
  chosen: number | null
  onPick: (id: number) => void
}) {
  const { t } = useSpeech()
  const stage = useStage()
  const at = calls.find((c) => c.id === chosen)?.position
  const [lon, lat] = at ?? []
  useEffect(() => {
    if (stage && lon !== undefined && lat !== undefined) showPlace(stage.map, [lon, lat], 12)
  }, [stage, lon, lat])
  return calls.map((c) => c.position && (
    <Pin key={c.id} at={c.position} level={c.id === chosen ? 8 : 6}>
      <button type="button" className="call-pin" data-state={c.state} data-priority={c.priority}
        aria-label={`${t('board.card')} ${c.name}`} aria-pressed={c.id === chosen} onClick={() => onPick(c.id)}>
        <PhoneIncoming size={15} aria-hidden />
      </button>
    </Pin>
  ))
}

/** A key that does something while nothing is typed. */
function useKey(key: string, act: () => void) {
  const kept = useRef(act)
  useEffect(() => {
    kept.current = act
  })
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key === key && !typing(e) && !e.ctrlKey && !e.metaKey && !e.altKey) {
        e.preventDefault()
        kept.current()
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [key])
}

function useRows(
  people: Person[] | undefined,
  positions: LivePosition[] | undefined,
  days: DayRow[] | undefined,
): Row[] {
  return useMemo(() => {
    const live = new Map(positions?.map((p) => [p.person_id, p]))
    const day = new Map(days?.map((d) => [d.person_id, d]))
    const rank = (r: Row) => (r.live?.fresh ? 0 : r.live ? 1 : 2)
    return (people ?? [])
      .filter((p) => p.active && (p.role === 'salesperson' || live.has(p.id)))
      .map((person) => ({ person, live: live.get(person.id), day: day.get(person.id) }))
      .sort((a, b) => rank(a) - rank(b) || a.person.name.localeCompare(b.person.name))
  }, [people, positions, days])
}

function People({ rows, chosen, onPick }: {
  rows: Row[]
  chosen: number | null
  onPick: (id: number | null) => void
}) {
  const { t } = useSpeech()
  const stage = useStage()
  const pick = (r: Row) => {
    onPick(chosen === r.person.id ? null : r.person.id)
    if (chosen !== r.person.id && r.live && stage) showPlace(stage.map, r.live.position, 13)
  }
  return (
    <ul className="rows live-rows" aria-label={t('live.title')}>
      {rows.map((r) => (
        <li key={r.person.id}>
          <button type="button" className="row" aria-current={chosen === r.person.id || undefined}
            onClick={() => pick(r)}>
            <Avatar name={r.person.name} index={r.person.color_index} size={32} />
            <span className="row-main">
              <span className="row-title">{r.person.name}</span>
              <span className="row-sub num">
                {r.day && r.day.stops > 0
                  ? t('phone.progress', { done: r.day.done ?? 0, of: r.day.stops })
                  : t('day.none')}
                {r.live?.speed_kmh ? ` · ${Math.round(r.live.speed_kmh)} km/h` : ''}
              </span>
            </span>
            <Freshness live={r.live} />
          </button>
        </li>
      ))}
    </ul>
  )
}

function Freshness({ live }: { live: LivePosition | undefined }) {
  const { t, language } = useSpeech()
  if (!live) return <span className="fresh quiet">{t('live.noFix')}</span>
  return (
    <span className="fresh num" data-fresh={live.fresh}>
      <i aria-hidden />
      <span>{age(live.age_s, language)}<small>{live.fresh ? (live.on_duty ? t('duty.on') : t('duty.off')) : t('live.old')}</small></span>
    </span>
  )
}

function CallCard({ call, onClose }: { call: DispatchedCall; onClose: () => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const calls = useCalls(me.business_day)
  const gone = calls.data && !calls.data.some((c) => c.stop_id === call.stop_id && c.state === 'planned')
  useEffect(() => {
    if (gone) onClose()
  }, [gone, onClose])
  const target: Target = call.customer_id
    ? { customer: call.customer_id, call }
    : { point: call.position ?? undefined, call }
  return (
    <SideCard label={t('call.reassign')} title={call.name} onClose={onClose}
      sub={t('call.reassigning', { name: call.person_name })}>
      <NearestPeople target={target} title={call.name} />
    </SideCard>
  )
}

function PointCard({ point, onClose }: { point: LonLat; onClose: () => void }) {
  const { t } = useSpeech()
  const title = `${point[1].toFixed(4)}, ${point[0].toFixed(4)}`
  return (
    <SideCard label={t('live.point')} title={t('live.point')} sub={title} onClose={onClose}>
      <NearestPeople target={{ point }} title={title} />
    </SideCard>
  )
}

function SideCard({ label, title, sub, onClose, children }: {
  label: string
  title: string
  sub: string
  onClose: () => void
  children: ReactNode
}) {
  const { t } = useSpeech()
  const { setRight } = useLayout()
  useEffect(() => {
    setRight(368)
    return () => setRight(0)
  }, [setRight])
  useKey('Escape', () => {
    if (!document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) onClose()
  })
  return (
    <aside className="card" style={{ width: 356 }} aria-label={label}>
      <button type="button" className="icon-button card-close" onClick={onClose} aria-label={t('do.close')}>
        <X size={18} aria-hidden />
      </button>
      <header className="card-head"><h2>{title}</h2><p className="num">{sub}</p></header>
      {children}
    </aside>
  )
}
