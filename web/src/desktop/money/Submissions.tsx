import { useState } from 'react'
import { App, Button, Input, Modal } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { HandCoins } from 'lucide-react'
import { post } from '../../api/client'
import { usePeople } from '../../api/queries'
import { useSubmissions, type Submission } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Nothing, Trouble, Waiting } from '../states'

/** What was collected in the field and waits for finance: booked, or sent back with a reason. */
export function Submissions() {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const { me } = useSession()
  const client = useQueryClient()
  const people = usePeople()
  const waiting = useSubmissions('open')
  const [back, setBack] = useState<Submission | null>(null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(0)
  const all = waiting.data?.pages.flatMap((p) => p.items) ?? []
  const decide = async (s: Submission, how: 'approve' | 'reject', body?: { reason: string }) => {
    setBusy(s.id)
    try {
      await post(`/v1/submissions/${s.id}/${how}`, body)
      void message.success(t(how === 'approve' ? 'money.settled' : 'money.sentBack', { money: money(s.amount_cents) }))
      setBack(null)
      setReason('')
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    } finally {
      setBusy(0)
      for (const noun of ['money', 'customers', 'customer']) void client.invalidateQueries({ queryKey: [noun] })
    }
  }
  return (
    <div className="trade-body">
      {waiting.isPending && <Waiting />}
      {waiting.isError && <Trouble error={waiting.error} retry={() => void waiting.refetch()} />}
      {waiting.isSuccess && all.length === 0 && (
        <Nothing icon={<HandCoins size={28} />} title={t('money.noneToCheck')}>{t('money.noneToCheckHint')}</Nothing>
      )}
      <ul className="trade-list">
        {all.map((s) => (
          <li key={s.id} className="trade-line">
            <b>{people.data?.find((p) => p.id === s.by)?.name ?? `#${s.by}`}</b>
            <b className="trade-end">{money(s.amount_cents)}</b>
            <small>{s.day} · {s.tenders.map((x) => t(`money.a.${x.account}`)).join(', ')}</small><span />
            {s.items.map((i) => (
              <small key={i.item_id} className="trade-wide">
                {i.customer_name} · {i.number} · {money(i.amount_cents)}
                {i.amount_cents > i.open_cents && <em className="trade-late"> · {t('money.openNow', { money: money(i.open_cents) })}</em>}
              </small>
            ))}
            {s.note && <small className="trade-wide">{s.note}</small>}
            <span className="trade-acts trade-wide">
              <Button size="small" disabled={s.by === me.id || busy > 0} onClick={() => setBack(s)}>{t('trade.reject')}</Button>
              <Button size="small" type="primary" loading={busy === s.id} disabled={s.by === me.id || busy > 0}
                title={s.by === me.id ? t('money.own') : undefined}
                onClick={() => void decide(s, 'approve')}>{t('money.book', { money: money(s.amount_cents) })}</Button>
            </span>
          </li>
        ))}
      </ul>
      {waiting.hasNextPage && <Button block onClick={() => void waiting.fetchNextPage()}>{t('do.more')}</Button>}
      <Modal open={back !== null} title={t('trade.reject')} okText={t('trade.reject')} cancelText={t('do.cancel')}
        okButtonProps={{ disabled: !reason.trim(), danger: true, loading: busy > 0 }} onCancel={() => setBack(null)}
        onOk={() => back && void decide(back, 'reject', { reason })}>
        <Input.TextArea aria-label={t('trade.reason')} placeholder={t('trade.reason')} rows={3} maxLength={1000}
          value={reason} onChange={(e) => setReason(e.target.value)} />
      </Modal>
    </div>
  )
}
