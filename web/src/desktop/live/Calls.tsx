import { useState } from 'react'
import { App, Button } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { Repeat2, Undo2 } from 'lucide-react'
import { touched, useBoard } from '../../api/calls'
import { commandKey, post } from '../../api/client'
import { useCalls } from '../../api/queries'
import type { DispatchedCall } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Trouble } from '../states'

/** Whom people were sent to today without a call on the board: each can be given to somebody else, or taken back. */
export function Calls({ onReassign }: { onReassign: (call: DispatchedCall) => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const calls = useCalls(me.business_day)
  const board = useBoard()
  if (calls.isError) return <Trouble error={calls.error} retry={() => void calls.refetch()} />
  const onBoard = new Set(board.data?.map((c) => c.stop_id))
  const open = calls.data?.filter((c) => c.state === 'planned' && !onBoard.has(c.stop_id)) ?? []
  if (open.length === 0) return null
  return (
    <section className="calls" aria-label={t('call.title')}>
      <h3>{t('call.title')} · <span className="num">{t('call.open', { n: open.length })}</span></h3>
      <ul>
        {open.map((c) => <Row key={c.stop_id} call={c} onReassign={() => onReassign(c)} />)}
      </ul>
    </section>
  )
}

function Row({ call, onReassign }: { call: DispatchedCall; onReassign: () => void }) {
  const { t, lookup, language } = useSpeech()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const [key] = useState(commandKey)
  const withdraw = async () => {
    try {
      await post(`/v1/assignments/${call.stop_id}/withdraw`, undefined, { key })
      void message.success(t('call.withdrawn', { title: call.name }))
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    for (const k of touched) void client.invalidateQueries({ queryKey: [k] })
  }
  const ask = () =>
    modal.confirm({
      title: t('call.withdrawSure', { name: call.person_name, title: call.name }),
      okText: t('call.withdraw'), cancelText: t('do.cancel'), onOk: withdraw,
    })
  return (
    <li>
      <span className="row-main">
        <span className="row-title">{call.name}</span>
        <span className="row-sub">{call.person_name}{call.note && ` · ${call.note}`}</span>
      </span>
      <Button type="text" icon={<Repeat2 size={16} aria-hidden />} onClick={onReassign}
        disabled={!call.customer_id && !call.position}
        aria-label={`${t('call.reassign')} ${call.name}`} title={t('call.reassign')} />
      <Button type="text" icon={<Undo2 size={16} aria-hidden />} onClick={ask}
        aria-label={`${t('call.withdraw')} ${call.name}`} title={t('call.withdraw')} />
    </li>
  )
}
