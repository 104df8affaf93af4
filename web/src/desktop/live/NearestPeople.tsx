import { useState } from 'react'
import { App, Button, Input } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { Inbox, Phone, Send, UserX } from 'lucide-react'
import { touched } from '../../api/calls'
import { ApiError, post } from '../../api/client'
import { useNearest, usePeople } from '../../api/queries'
import type { BoardCall, DispatchedCall, NearPerson } from '../../api/types'
import { age, distance, duration } from '../../format/format'
import type { LonLat } from '../../geo/datum'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Avatar } from '../Avatar'
import { CallPreview, type Chosen } from './CallPreview'
import { Nothing, Trouble, Waiting } from '../states'
import { NewCall } from './NewCall'

export interface Target {
  customer?: number
  point?: LonLat
  /** The call that is given to somebody else. */
  call?: DispatchedCall
  /** The call on the board that is given to somebody. */
  board?: BoardCall
}

/** Who could be there first, by road; one click sends them. */
export function NearestPeople({ target, title }: { target: Target; title: string }) {
  const { t } = useSpeech()
  const skill = target.board?.skill || undefined
  const near = useNearest(target.point ? { point: target.point, skill } : { customer: target.customer, skill })
  const [note, setNote] = useState('')
  if (near.isPending) return <Waiting rows={4} />
  if (near.isError) return <Trouble error={near.error} retry={() => void near.refetch()} />
  const ranked = near.data.filter((p) => p.rank !== null)
  const others = near.data.filter((p) => p.rank === null)
  return (
    <section className="near" aria-label={t('near.title')}>
      <h3>{t('near.title')}</h3>
      {near.data.length === 0 && (
        <Nothing icon={<UserX size={24} />} title={t('near.none')}>{t('near.noneHint')}</Nothing>
      )}
      <ol>
        {ranked.map((p) => (
          <Near key={p.person_id} person={p} target={target} title={title} note={note} />
        ))}
      </ol>
      {near.data.length > 0 && !target.board && (
        <Input value={note} onChange={(e) => setNote(e.target.value)} maxLength={500}
          placeholder={t('near.note')} aria-label={t('near.note')} />
      )}
      {others.length > 0 && (
        <details className="near-others" open={ranked.length === 0}>
          <summary>{t('near.leftOut', { n: others.length })}</summary>
          <ol>
            {others.map((p) => (
              <Near key={p.person_id} person={p} target={target} title={title} note={note} />
            ))}
          </ol>
        </details>
      )}
      {!target.call && !target.board && <LeaveOpen target={target} title={title} />}
    </section>
  )
}

/** Nobody is sent now: the call waits on the board. */
function LeaveOpen({ target, title }: { target: Target; title: string }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const { message } = App.useApp()
  const [asked, setAsked] = useState(false)
  if (!may('assignments.write')) return null
  return (
    <>
      <Button icon={<Inbox size={15} aria-hidden />} onClick={() => setAsked(true)}>{t('board.leave')}</Button>
      {asked && (
        <NewCall onClose={() => setAsked(false)}
          place={target.customer ? { customer: { id: target.customer, name: title } } : { point: target.point }}
          onOpened={(call) => {
            setAsked(false)
            void message.success(t('board.opened', { title: call.name }))
          }} />
      )}
    </>
  )
}

function Near({ person: p, target, title, note }: {
  person: NearPerson
  target: Target
  title: string
  note: string
}) {
  const { t, lookup, language } = useSpeech()
  const people = usePeople()
  const { may } = useSession()
  const [asked, setAsked] = useState(false)
  const assign = useAssign(p, target, title, note)
  const has = target.call?.person_id ?? target.board?.person_id
  const index = p.color_index ?? people.data?.find((x) => x.id === p.person_id)?.color_index
  const why = p.rank === null ? lookup(`near.reason.${p.reason ?? 'stale'}`) : null
  return (
    <li className="near-row" data-ranked={p.rank !== null}>
      <span className="near-rank num">{p.rank ?? '–'}</span>
      <Avatar name={p.name} index={index} size={30} />
      <div className="near-main">
        <b>{p.name}</b>
        {p.position && <small>
          {p.task ? (p.at_customer ? t('near.at', { task: p.task }) : t('near.next', { task: p.task }))
            : t('near.free')}
        </small>}
        <small className="num">
          {[why, p.fix_age_s !== null && t('near.fix', { age: age(p.fix_age_s, language) })].filter(Boolean).join(' · ')}
          {p.accuracy_m !== null && ` · ±${Math.round(p.accuracy_m)} m`}
        </small>
      </div>
      <div className="near-end">
        <b className="num">{p.duration_s === null ? '–' : duration(p.duration_s)}</b>
        <small className="num">{p.distance_m === null ? '' : distance(p.distance_m)}</small>
      </div>
      <div className="near-do">
        {may('assignments.write') && has !== p.person_id && (
          <Button size="small" type={p.rank === 1 ? 'primary' : 'default'} loading={assign.busy}
            icon={<Send size={13} aria-hidden />} onClick={() => setAsked(true)}
            aria-label={t('near.assignTo', { name: p.name })}>
            {t('near.assign')}
          </Button>
        )}
        {p.phone && (
          <Button size="small" type="text" href={`tel:${p.phone}`} icon={<Phone size={13} aria-hidden />}
            aria-label={t('near.call', { name: p.name })} />
        )}
      </div>
      {asked && (
        <CallPreview name={p.name} order={assign.order} call={target.board?.id} busy={assign.busy} onClose={() => setAsked(false)}
          onConfirm={(chosen, key) => void assign.run(chosen, key).then((sent) => setAsked(!sent))} />
      )}
    </li>
  )
}

function useAssign(p: NearPerson, target: Target, title: string, note: string) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const { call, board } = target
  const order = board ? { person_id: p.person_id } : {
    person_id: p.person_id, date: me.business_day, note: note || undefined,
    ...(target.customer ? { customer_id: target.customer } : { point: target.point, title }),
  }
  const run = async (chosen: Chosen, key: string) => {
    setBusy(true)
    let lost = false
    try {
      if (board) {
        await post(`/v1/calls/${board.id}/send`, { ...order, from: board.person_id ?? undefined, ...chosen }, { key })
      } else if (call) {
        await post(`/v1/assignments/${call.stop_id}/reassign`,
          { person_id: p.person_id, note: note || undefined, ...chosen }, { key })
      } else {
        await post('/v1/assignments', { ...order, ...chosen }, { key })
      }
      void message.success(t('near.assigned', { name: p.name, title }))
      return true
    } catch (error) {
      lost = !(error instanceof ApiError) || error.status === 0 || error.status >= 500
      void message.error(sentence(error, lookup, language))
      return false
    } finally {
      // Without an answer the preview stays as it was sent, so that trying again is the same command.
      if (!lost) for (const k of touched) {
        void client.invalidateQueries({ queryKey: [k] })
      }
      setBusy(false)
    }
  }
  return { busy, order, run }
}
