import { useState } from 'react'
import { useLocation } from 'wouter'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { AlarmClock, ChevronLeft, Flag, PhoneIncoming, Send, TriangleAlert } from 'lucide-react'
import { callSteps, touched, urgency, useBoard, useClosedCalls, whenOf, windowWords } from '../api/calls'
import { commandKey, post, unanswered } from '../api/client'
import { useNearest } from '../api/queries'
import type { BoardCall, CallPreview, NearPerson } from '../api/types'
import { age, clock, distance, duration } from '../format/format'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Face, Failure, Loading, Sheet } from './bits'
import { useToast } from './toast'

/** The dispatchers' board in the hand: what waits, and who could go. */
export default function CallsTab() {
  const { t } = useSpeech()
  const [, go] = useLocation()
  const board = useBoard()
  const [picked, setPicked] = useState<number | null>(null)
  const { me } = useSession()
  const closed = useClosedCalls(me)
  const call = [...board.data ?? [], ...closed.data ?? []].find((c) => c.id === picked)
  return (
    <>
      <header className="top">
        <button type="button" className="round" onClick={() => go('/team')} aria-label={t('do.back')}>
          <ChevronLeft size={26} aria-hidden />
        </button>
        <h1 className="grow">{t('board.title')}</h1>
      </header>
      {board.isPending && <Loading />}
      {board.isError && <Failure error={board.error} retry={() => void board.refetch()} />}
      {board.data?.length === 0 && <Blank icon={<PhoneIncoming size={30} />} title={t('board.none')} />}
      <ul className="people calls-phone">
        {board.data?.map((c) => <Row key={c.id} call={c} onPick={() => setPicked(c.id)} />)}
      </ul>
      {closed.data && closed.data.length > 0 && (
        <details className="calls-closed">
          <summary>{t('board.closedToday')} · <span className="num">{closed.data.length}</span></summary>
          <ul className="people calls-phone">
            {closed.data.map((c) => <Row key={c.id} call={c} onPick={() => setPicked(c.id)} />)}
          </ul>
        </details>
      )}
      {call && <CallSheet key={call.id} call={call} onClose={() => setPicked(null)} />}
    </>
  )
}

function Row({ call: c, onPick }: { call: BoardCall; onPick: () => void }) {
  const speech = useSpeech()
  const { t } = speech
  const { me } = useSession()
  const state = c.closed_at ? 'calm' : urgency(c.left_s)
  return (
    <li>
      <button type="button" className="call-line" onClick={onPick}>
        <span className="people-main">
          <b>
            {c.priority !== 'normal' && <Flag size={16} data-priority={c.priority} aria-label={t(`board.${c.priority}`)} />}
            {c.name}
          </b>
          <small>{[c.closed_at && t(c.state === 'withdrawn' ? 'board.step.withdrawn' : 'board.step.done'),
            c.person_name && (c.closed_at ? c.person_name : `${t('board.goes')} ${c.person_name}`), c.reason || c.note].filter(Boolean).join(' · ')}</small>
        </span>
        <span className="near-time num" data-urgency={state}>
          <b>
            {state === 'over' && <TriangleAlert size={16} aria-label={t('board.over')} />}
            {state === 'soon' && <AlarmClock size={16} aria-label={t('board.soon')} />}
            {c.closed_at ? clock(c.closed_at, me.timezone) : windowWords(c, me, speech)}
          </b>
          {!c.closed_at && <small>{t('board.age', { age: age(c.age_s, speech.language) })}</small>}
        </span>
      </button>
    </li>
  )
}

/** A call: what is asked for, what became of it, and while it is open, who could go. */
function CallSheet({ call, onClose }: { call: BoardCall; onClose: () => void }) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  return (
    <Sheet title={call.name} onClose={onClose}>
      <p>{[call.note, call.skill && `${t('board.skill')} ${call.skill}`].filter(Boolean).join(' · ')}</p>
      <ol className="call-day" aria-label={t('board.steps')}>
        {callSteps(call).map((s) => (
          <li key={s.what}>
            <span className="num">{whenOf(s.at, me, language)}</span>
            <span><b>{t(`board.step.${s.what}`)}</b> {[s.more, s.by && t('board.step.by', { name: s.by })].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ol>
      {!call.closed_at && <Going call={call} onClose={onClose} />}
    </Sheet>
  )
}

function Going({ call, onClose }: { call: BoardCall; onClose: () => void }) {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const say = useToast()
  const near = useNearest({
    ...(call.customer_id ? { customer: call.customer_id } : { point: call.position ?? undefined }),
    skill: call.skill || undefined,
  })
  const [asked, setAsked] = useState<NearPerson | null>(null)
  const [key] = useState(commandKey)
  const close = async () => {
    try {
      await post(`/v1/calls/${call.id}/close`, {}, { key })
      say(t('board.closed', { title: call.name }))
      onClose()
    } catch (error) {
      say(sentence(error, lookup, language))
    }
    for (const k of touched) void client.invalidateQueries({ queryKey: [k] })
  }
  return (
    <>
      {asked ? <Confirm call={call} person={asked} onSent={onClose} onBack={() => setAsked(null)} /> : (
        <>
          {near.isPending && <Loading />}
          {near.isError && <Failure error={near.error} retry={() => void near.refetch()} />}
          <ul className="people">
            {near.data?.map((p) => (
              <li key={p.person_id} className="near-line">
                <Face name={p.name} index={p.color_index} />
                <span className="people-main">
                  <b>{p.name}</b>
                  <small>{p.rank === null ? lookup(`near.reason.${p.reason ?? 'stale'}`) : p.task || t('near.free')}</small>
                </span>
                <span className="near-time num">
                  <b>{p.duration_s === null ? '–' : duration(p.duration_s)}</b>
                  <small>{p.distance_m === null ? '' : distance(p.distance_m)}</small>
                </span>
                {p.person_id !== call.person_id && (
                  <button type="button" className="round filled" onClick={() => setAsked(p)}
                    aria-label={t('near.assignTo', { name: p.name })}>
                    <Send size={20} aria-hidden />
                  </button>
                )}
              </li>
            ))}
          </ul>
          <button type="button" className="button wide" disabled={call.stop_state === 'checked_in'}
            onClick={() => void close()}>{t('board.close')}</button>
        </>
      )}
    </>
  )
}

/** The person's remaining day with the call, before anything is sent. */
function Confirm({ call, person, onSent, onBack }: {
  call: BoardCall
  person: NearPerson
  onSent: () => void
  onBack: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const client = useQueryClient()
  const say = useToast()
  const [busy, setBusy] = useState(false)
  const [key] = useState(commandKey)
  const shown = useQuery({
    queryKey: ['day', 'preview', call.id, person.person_id],
    queryFn: () => post<CallPreview>(`/v1/calls/${call.id}/preview`, { person_id: person.person_id }),
  })
  const send = async () => {
    if (!shown.data) return
    setBusy(true)
    try {
      await post(`/v1/calls/${call.id}/send`, {
        person_id: person.person_id, from: call.person_id ?? undefined,
        order: shown.data.best_order, version: shown.data.current.version,
      }, { key })
      say(t('near.assigned', { name: person.name, title: call.name }))
      onSent()
    } catch (error) {
      setBusy(false)
      say(sentence(error, lookup, language))
      // Without an answer the day stays as it was sent, so that trying again is the same command.
      if (unanswered(error)) return
      onBack()
    }
    for (const k of touched) void client.invalidateQueries({ queryKey: [k] })
  }
  const day = shown.data?.best
  return (
    <>
      <h3>{t('call.show', { name: person.name })}</h3>
      {shown.isPending && <Loading />}
      {shown.isError && <Failure error={shown.error} retry={() => void shown.refetch()} />}
      {day && (
        <>
          <p className="num">
            {day.timed ? t('call.drive', { time: duration(day.totals.drive_s), way: distance(day.totals.distance_m) })
              : t('call.untimed')}
          </p>
          <ol className="call-day">
            {day.stops.map((s, i) => (
              <li key={s.stop_id || `new-${i}`}>
                <span className="num">{s.arrive ? clock(s.arrive, me.timezone) : '–'}</span>
                <span>{s.stop_id === 0 ? <b>{s.name}</b> : s.name}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      <div className="next-more">
        <button type="button" className="button" onClick={onBack}>{t('do.back')}</button>
        <button type="button" className="button primary" disabled={!day || busy} onClick={() => void send()}>
          {t('board.confirm', { name: person.name })}
        </button>
      </div>
    </>
  )
}
