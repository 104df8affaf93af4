import { App, Button, Tag } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { post } from '../../api/client'
import { left, useReceipt, useUnpaid, type Receipt } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Trouble, Waiting } from '../states'
import { useReason } from '../useReason'

/** One receipt: how it was paid, what it pays, and the way back. */
export function OneReceipt({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const receipt = useReceipt(id)
  const r = receipt.data
  return (
    <Panel title={r?.number ?? t('money.receipts')} label={t('money.receipts')} tools={(
      <Button size="small" icon={<ArrowLeft size={15} aria-hidden />} onClick={onClose}>{t('trade.back')}</Button>
    )}>
      <div className="trade-body">
        {receipt.isPending && <Waiting />}
        {receipt.isError && <Trouble error={receipt.error} retry={() => void receipt.refetch()} />}
        {r && (
          <>
            <p><b>{r.customer_name}</b> · {r.day}{' '}
              {r.state === 'reversed' && <Tag>{t('trade.state.reversed')}</Tag>}</p>
            {r.reason && <p>{t('trade.reason')}: {r.reason}</p>}
            {r.note && <p>{r.note}</p>}
            <table className="trade-table">
              <tbody>
                {r.tenders.map((x, i) => (
                  <tr key={i}><td>{t(`money.a.${x.account}`)}</td><td className="n">{money(x.amount_cents)}</td></tr>
                ))}
                {r.allocations.filter((a) => !a.undone).map((a, i) => (
                  <tr key={`pays-${i}`}><td>{t('money.pays')} {a.number}</td><td className="n">{money(-a.amount_cents)}</td></tr>
                ))}
              </tbody>
              <tfoot>
                <tr><th scope="row">{t('money.prepaid')}</th><td className="n"><b>{money(r.unallocated_cents)}</b></td></tr>
              </tfoot>
            </table>
            {r.state === 'posted' && may('money.write') && <Acts receipt={r} />}
          </>
        )}
      </div>
    </Panel>
  )
}

function Acts({ receipt }: { receipt: Receipt }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const why = useReason()
  const open = useUnpaid({ customer: receipt.customer_id })
  const act = async (what: string, body: object) => {
    try {
      await post(`/v1/receipts/${receipt.id}/${what}`, body)
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    for (const noun of ['money', 'customers', 'customer']) void client.invalidateQueries({ queryKey: [noun] })
  }
  let rest = receipt.unallocated_cents
  const ticks = (open.data?.items ?? []).flatMap((i) => {
    const part = Math.min(rest, left(i)) // not what somebody has collected already
    rest -= part
    return part > 0 ? [{ item_id: i.id, amount_cents: part }] : []
  })
  return (
    <div className="trade-acts">
      {ticks.length > 0 && (
        <Button type="primary" onClick={() => void act('allocate', { ticks })}>{t('money.payOldest')}</Button>
      )}
      {receipt.allocations.some((a) => !a.undone) && (
        <Button onClick={() => void act('release', {})}>{t('money.release')}</Button>
      )}
      <Button danger onClick={() => why({
        title: `${t('money.reverse')} ${receipt.number}`, ok: t('money.reverse'), words: t('trade.reason'),
        danger: true, onOk: (reason) => act('reverse', { reason }),
      })}>{t('money.reverse')}</Button>
    </div>
  )
}
