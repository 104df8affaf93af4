import { App, Button } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { CheckCheck, Phone, Undo2 } from 'lucide-react'
import { callSteps, touched, whenOf } from '../../api/calls'
import { post, unanswered } from '../../api/client'
import { useCommandKey } from '../../api/command'
import type { BoardCall } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { useReason } from '../useReason'
import { Priority, Window } from './Board'
import { NearestPeople } from './NearestPeople'

/** A call: what is asked for, who could go, and how it ends. */
export function BoardCard({ call }: { call: BoardCall }) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const facts: [string, string][] = [
    [t('board.what'), call.note],
    [t('board.skill'), call.skill],
    [t('board.minutes'), call.service_minutes ? String(call.service_minutes) : ''],
    [t('board.goes'), call.person_name],
    [t('board.leftOut'), call.skip_reason],
  ]
  return (
    <>
      <p className="board-line"><Priority of={call} /> <Window of={call} /></p>
      <dl className="board-facts">
        {facts.filter(([, v]) => v).map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}
      </dl>
      <ol className="board-steps" aria-label={t('board.steps')}>
        {callSteps(call).map((s) => (
          <li key={s.what}>
            <span className="num">{whenOf(s.at, me, language)}</span>
            <span><b>{t(`board.step.${s.what}`)}</b> {[s.more, s.by && t('board.step.by', { name: s.by })].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ol>
      {!call.closed_at && <Open call={call} />}
    </>
  )
}

/** What can still be done with the call. */
function Open({ call }: { call: BoardCall }) {
  return (
    <>
      <Ends call={call} />
      <NearestPeople title={call.name} target={{
        ...(call.customer_id ? { customer: call.customer_id } : { point: call.position ?? undefined }), board: call,
      }} />
    </>
  )
}

function Ends({ call }: { call: BoardCall }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const key = useCommandKey()
  const why = useReason()
  const end = async (how: 'withdraw' | 'close', reason: string) => {
    try {
      await post(`/v1/calls/${call.id}/${how}`, { reason }, { key: key.current })
      key.ended()
      void message.success(t(how === 'close' ? 'board.closed' : 'call.withdrawn', { title: call.name }))
    } catch (error) {
      key.ended(error)
      void message.error(sentence(error, lookup, language))
      if (unanswered(error)) throw error // the question stays, so that trying again is the same command
    }
    for (const k of touched) void client.invalidateQueries({ queryKey: [k] })
  }
  const ask = (how: 'withdraw' | 'close') => why({
    title: t(how === 'close' ? 'board.closeSure' : 'board.withdrawSure', { title: call.name }),
    words: t(how === 'close' ? 'board.closeHow' : 'board.withdrawWhy'),
    ok: t(how === 'close' ? 'board.close' : 'call.withdraw'),
    optional: how === 'close',
    onOk: (reason) => end(how, reason),
  })
  const there = call.stop_state === 'checked_in'
  return (
    <div className="card-actions">
      <Button icon={<CheckCheck size={15} aria-hidden />} disabled={there} onClick={() => ask('close')}>{t('board.close')}</Button>
      <Button icon={<Undo2 size={15} aria-hidden />} disabled={there} onClick={() => ask('withdraw')}>{t('call.withdraw')}</Button>
      {call.phone && (
        <Button href={`tel:${call.phone}`} icon={<Phone size={15} aria-hidden />} aria-label={t('near.call', { name: call.name })} />
      )}
    </div>
  )
}
