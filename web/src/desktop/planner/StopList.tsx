import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { Button, Tooltip } from 'antd'
import {
  CircleCheck, Flag, GripVertical, House, Lock, LockOpen, MapPinOff, Trash2, TriangleAlert,
} from 'lucide-react'
import type { Person, Stop } from '../../api/types'
import { clock, distance, duration, span } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { drop, move, stepTarget, stopKey, toggleLock, type DraftStop } from '../../day/plan'
import { useSession } from '../../session/session'
import { personPaint } from '../../theme/palette'
import { Nothing } from '../states'
import { violationWords } from './violations'
import type { Planner } from './usePlanner'

interface Props {
  planner: Planner
  person: Person
  mayEdit: boolean
  selected: number | null
  onSelect: (id: number | null) => void
  /** The order while it is being dragged, for the map. */
  onDragOrder: (ids: number[] | null) => void
  onDue: () => void
}

/** The stops in order; drag them, or move them with Alt and the arrow keys. */
export function StopList({ planner, person, mayEdit, selected, onSelect, onDragOrder, onDue }: Props) {
  const { t } = useSpeech()
  const list = useRef<HTMLOListElement>(null)
  const { draft, timed, actions } = planner
  const [said, setSaid] = useState('')
  const dragging = useDrag(list, draft.stops, (stops, done) => {
    onDragOrder(done ? null : stops.map((s) => s.id))
    if (done) actions.set(stops)
  })
  const shown = dragging.order ?? draft.stops
  const known = new Map(timed?.stops.map((s) => [stopKey(s), s]))
  const proposed = new Map(planner.proposal?.best.stops.map((s, i) => [stopKey(s), i + 1]))
  const step = (at: number, by: 1 | -1) => {
    const to = stepTarget(draft.stops, at, by)
    if (to === at || draft.stops[at]?.locked) return
    actions.set(move(draft.stops, at, to))
    setSaid(t('plan.movedTo', {
      name: known.get(draft.stops[at]?.id ?? 0)?.name ?? '', n: to + 1, of: draft.stops.length,
    }))
    focusSoon(list.current, to)
  }
  if (draft.stops.length === 0) {
    return (
      <Nothing icon={<Flag size={26} />} title={t('plan.empty')}>
        <p>{t('plan.emptyHint')}</p>
        {mayEdit && (
          <div className="nothing-do">
            <Button type="primary" loading={planner.busy === 'fill'} onClick={() => void actions.fill()}>
              {t('plan.fill')}
            </Button>
            <Button onClick={onDue}>{t('plan.pickDue')}</Button>
          </div>
        )}
      </Nothing>
    )
  }
  return (
    <>
      <End word={t(`end.${timed?.start?.kind ?? 'home'}`)} at={timed?.totals.start} />
      <ol className="stops" ref={list} aria-label={t('plan.tabStops')}>
        {shown.map((s, i) => (
          <StopRow key={s.id} draft={s} stop={known.get(s.id)} index={i}
            fill={personPaint(person.color_index)} proposed={proposed.get(s.id)}
            active={selected === s.id} mayEdit={mayEdit && !planner.proposal}
            lifted={dragging.id === s.id}
            onPick={() => onSelect(selected === s.id || s.id < 0 ? null : s.id)}
            onStep={(by) => step(i, by)} onGrip={(e) => dragging.start(e, i)}
            onLock={() => actions.set(toggleLock(draft.stops, s.id))}
            onDrop={() => actions.set(drop(draft.stops, s.id))} />
        ))}
      </ol>
      <End word={t(`end.${timed?.end?.kind ?? 'home'}`)} at={timed?.totals.end}
        leg={timed?.return ?? undefined} />
      <p className="sr-only" aria-live="assertive">{said}</p>
    </>
  )
}

function focusSoon(list: HTMLElement | null, index: number) {
  requestAnimationFrame(() => {
    list?.querySelectorAll<HTMLElement>('.stop-main')[index]?.focus()
  })
}

/** Start and end of the day. */
function End({ word, at, leg }: {
  word: string
  at: string | null | undefined
  leg?: { duration_s: number; distance_m: number }
}) {
  const { me } = useSession()
  return (
    <div className="stop-end">
      {leg && <LegLine leg={leg} />}
      <div className="stop-end-line">
        <span className="stop-end-icon"><House size={14} aria-hidden /></span>
        <span>{word}</span>
        <span className="num stop-time">{clock(at, me.timezone)}</span>
      </div>
    </div>
  )
}

function LegLine({ leg }: { leg: { duration_s: number; distance_m: number } }) {
  return (
    <div className="leg num">
      {duration(leg.duration_s)} · {distance(leg.distance_m)}
    </div>
  )
}

interface RowProps {
  draft: DraftStop
  stop: Stop | undefined
  index: number
  fill: { fill: string; text: string }
  proposed: number | undefined
  active: boolean
  lifted: boolean
  mayEdit: boolean
  onPick: () => void
  onStep: (by: 1 | -1) => void
  onGrip: (e: PointerEvent) => void
  onLock: () => void
  onDrop: () => void
}

function StopRow(p: RowProps) {
  const { t } = useSpeech()
  const { me } = useSession()
  const { stop, draft } = p
  const done = stop?.state === 'done' || stop?.state === 'checked_in'
  const name = stop?.name ?? t('plan.timing')
  const press = (e: KeyboardEvent) => {
    const by = e.key === 'ArrowUp' ? -1 : e.key === 'ArrowDown' ? 1 : 0
    if (by && e.altKey && p.mayEdit) p.onStep(by)
    else if (by) neighbour(e.currentTarget as HTMLElement, by)
    else if (e.key === 'Delete' && p.mayEdit && !done) p.onDrop()
    else if (e.key.toLowerCase() === 'l' && p.mayEdit) p.onLock()
    else return
    e.preventDefault()
  }
  return (
    <li className="stop" data-active={p.active} data-lifted={p.lifted} data-done={done}
      data-broken={(stop?.violations.length ?? 0) > 0}>
      {stop?.leg && <LegLine leg={stop.leg} />}
      <div className="stop-line">
        {p.mayEdit && (
          <span className="grip" onPointerDown={draft.locked || done ? undefined : p.onGrip}
            data-off={draft.locked || done} aria-hidden>
            <GripVertical size={16} />
          </span>
        )}
        <span className="stop-number num" style={{ background: p.fill.fill, color: p.fill.text }}>
          {done ? <CircleCheck size={15} aria-hidden /> : p.index + 1}
        </span>
        {p.proposed !== undefined && p.proposed !== p.index + 1 && (
          <span className="stop-proposed num" title={t('compare.best')}>→ {p.proposed}</span>
        )}
        <button type="button" className="stop-main" onClick={p.onPick} onKeyDown={press}
          aria-current={p.active || undefined}>
          <span className="sr-only">
            {t('plan.stopLabel', { n: p.index + 1, time: clock(stop?.arrive, me.timezone) })}
          </span>
          <span className="stop-name" title={name}>
            {name}
            {stop && !stop.position && <MapPinOff size={13} className="warn" aria-hidden />}
          </span>
          <StopFacts stop={stop} />
        </button>
        <span className="stop-time num">{clock(stop?.arrive, me.timezone)}</span>
        {p.mayEdit && <StopTools {...p} done={done} name={name} />}
      </div>
    </li>
  )
}

function StopFacts({ stop }: { stop: Stop | undefined }) {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  if (!stop) return <span className="stop-sub">…</span>
  const windows = stop.windows.map((w) => span(w.open, w.close, me.timezone))
  return (
    <>
      <span className="stop-sub num">
        {t('plan.onSite', { n: stop.service_minutes })}
        {windows.length > 0 && ` · ${t('plan.open')} ${windows.slice(0, 2).join(' ')}`}
        {stop.wait_s >= 60 && ` · ${t('plan.wait', { time: duration(stop.wait_s) })}`}
      </span>
      {stop.violations.map((v, i) => (
        <span key={i} className="stop-broken">
          <TriangleAlert size={13} aria-hidden /> {violationWords(v, lookup)}
        </span>
      ))}
    </>
  )
}

function StopTools(p: RowProps & { done: boolean; name: string }) {
  const { t } = useSpeech()
  const { locked } = p.draft
  return (
    <span className="stop-tools">
      {!p.done && <Tooltip title={locked ? t('plan.unlock') : t('plan.lock')}>
        <button type="button" className="icon-button" aria-pressed={locked} onClick={p.onLock}
          aria-label={t(locked ? 'plan.unlockStop' : 'plan.lockStop', { name: p.name })}>
          {locked ? <Lock size={15} aria-hidden /> : <LockOpen size={15} aria-hidden />}
        </button>
      </Tooltip>}
      {!p.done && <Tooltip title={t('plan.dropStop')}>
        <button type="button" className="icon-button" onClick={p.onDrop}
          aria-label={t('plan.dropOf', { name: p.name })}>
          <Trash2 size={15} aria-hidden />
        </button>
      </Tooltip>}
    </span>
  )
}

function neighbour(button: HTMLElement, by: 1 | -1) {
  const all = [...(button.closest('ol')?.querySelectorAll<HTMLElement>('.stop-main') ?? [])]
  all[all.indexOf(button) + by]?.focus()
}

/** Dragging by the grip: the list reorders under the pointer and commits on release. */
function useDrag(
  list: React.RefObject<HTMLOListElement | null>,
  stops: DraftStop[],
  onOrder: (stops: DraftStop[], done: boolean) => void,
) {
  const [state, setState] = useState<{ order: DraftStop[]; id: number } | null>(null)
  const start = (e: PointerEvent, index: number) => {
    const id = stops[index]?.id
    if (id === undefined || e.button !== 0) return
    e.preventDefault()
    let order = stops
    const onMove = (ev: globalThis.PointerEvent) => {
      const rows = [...(list.current?.querySelectorAll<HTMLElement>('li.stop .stop-line') ?? [])]
      const at = order.findIndex((s) => s.id === id)
      const to = rows.findIndex((row) => {
        const box = row.getBoundingClientRect()
        return ev.clientY < box.bottom
      })
      const next = move(order, at, to === -1 ? order.length - 1 : to)
      if (next !== order) {
        order = next
        setState({ order, id })
        onOrder(order, false)
      }
    }
    const finish = (keep: boolean) => {
      removeEventListener('pointermove', onMove)
      removeEventListener('pointerup', onUp)
      removeEventListener('pointercancel', onCancel)
      removeEventListener('keydown', onKey)
      setState(null)
      onOrder(keep ? order : stops, true)
    }
    const onUp = () => finish(true)
    const onCancel = () => finish(false)
    const onKey = (ev: globalThis.KeyboardEvent) => ev.key === 'Escape' && finish(false)
    addEventListener('pointermove', onMove)
    addEventListener('pointerup', onUp)
    addEventListener('pointercancel', onCancel)
    addEventListener('keydown', onKey)
    setState({ order, id })
  }
  return { order: state?.order ?? null, id: state?.id ?? null, start }
}
