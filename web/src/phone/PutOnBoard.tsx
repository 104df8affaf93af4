import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Inbox } from 'lucide-react'
import { skillNames, touched, useSkills } from '../api/calls'
import { post } from '../api/client'
import { useCommandKey } from '../api/command'
import type { CallOrder } from '../api/types'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { Sheet } from './bits'
import { useToast } from './toast'

/** A call of this customer for the dispatchers' board. */
export function PutOnBoard({ customer }: { customer: { id: number; name: string } }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button wide" onClick={() => setOpen(true)}>
        <Inbox size={20} aria-hidden /> {t('board.leave')}
      </button>
      {open && <Form customer={customer} onClose={() => setOpen(false)} />}
    </>
  )
}

function Form({ customer, onClose }: { customer: { id: number; name: string }; onClose: () => void }) {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const say = useToast()
  const skills = useSkills()
  const [call, setCall] = useState<CallOrder>({ customer_id: customer.id, priority: 'normal' })
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const send = async () => {
    setBusy(true)
    try {
      await post('/v1/calls', call, { key: key.current })
      key.ended()
      say(t('board.opened', { title: customer.name }))
      onClose()
    } catch (error) {
      key.ended(error)
      say(sentence(error, lookup, language))
    }
    for (const k of touched) void client.invalidateQueries({ queryKey: [k] })
    setBusy(false)
  }
  return (
    <Sheet title={t('board.newAt', { name: customer.name })} onClose={onClose}>
      <form className="sheet-form" onSubmit={(e) => {
        e.preventDefault()
        void send()
      }}>
        <label>{t('board.what')}
          <textarea rows={3} maxLength={500} value={call.note ?? ''}
            onChange={(e) => setCall({ ...call, note: e.target.value })} />
        </label>
        <label>{t('board.priority')}
          <select value={call.priority}
            onChange={(e) => setCall({ ...call, priority: e.target.value as CallOrder['priority'] })}>
            {(['normal', 'high', 'urgent'] as const).map((p) => <option key={p} value={p}>{t(`board.${p}`)}</option>)}
          </select>
        </label>
        <label>{t('board.skill')}
          <select value={call.skill ?? ''} onChange={(e) => setCall({ ...call, skill: e.target.value || undefined })}>
            <option value="">{t('board.skillNone')}</option>
            {skillNames(skills.data).map((s) => <option key={s} value={s}>{s}</option>)}
          </select>
        </label>
        <button type="submit" className="button primary huge" disabled={busy}>{t('board.put')}</button>
      </form>
    </Sheet>
  )
}
