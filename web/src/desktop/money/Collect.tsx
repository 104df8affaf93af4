import { useMemo, useState } from 'react'
import { App, Button, Checkbox, DatePicker, InputNumber, Select } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { HandCoins } from 'lucide-react'
import { post } from '../../api/client'
import { useCommandKey } from '../../api/command'
import { usePeople } from '../../api/queries'
import {
  left, tenderAccounts, useUnpaid, type Collection, type TenderAccount, type UnpaidItem,
} from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { Nothing, Trouble, Waiting } from '../states'

/** Quick collection: what a salesperson sold in a period, ticked, as a whole or in part, and settled at once. */
export function Collect() {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const people = usePeople()
  const [person, setPerson] = useState(0)
  const [[from, to], setPeriod] = useState<readonly [string, string]>(['', ''])
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set())
  const [parts, setParts] = useState<Readonly<Record<number, number>>>({}) // cents, where it is not all
  const [account, setAccount] = useState<TenderAccount>('1001')
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const filter = useMemo(() => ({ person: person || undefined, from, to }), [person, from, to])
  const unpaid = useUnpaid(filter)
  const items = unpaid.data?.items ?? []
  const chosen = items.filter((i) => ticked.has(i.id) && left(i) > 0)
  const pays = (i: UnpaidItem) => Math.min(parts[i.id] ?? left(i), left(i))
  const sum = chosen.reduce((n, i) => n + pays(i), 0)
  const tick = (id: number, on: boolean) => setTicked((all) => {
    const next = new Set(all)
    if (on) next.add(id)
    else next.delete(id)
    return next
  })
  const settle = async () => {
    setBusy(true)
    try {
      const done = await post<Collection>('/v1/collections', {
        ticks: chosen.map((i) => ({ item_id: i.id, amount_cents: pays(i) })),
        tenders: [{ account, amount_cents: sum }],
      }, { key: key.current })
      key.ended()
      void message.success(t(done.submission_id ? 'money.submitted' : 'money.settled', { money: money(sum) }))
      setTicked(new Set())
      setParts({})
    } catch (error) {
      key.ended(error)
      void message.error(sentence(error, lookup, language))
    } finally {
      setBusy(false)
      for (const noun of ['money', 'customers', 'customer']) void client.invalidateQueries({ queryKey: [noun] })
    }
  }
  return (
    <>
      <div className="trade-sum num">
        <Select size="small" value={person} onChange={setPerson} aria-label={t('money.person')} style={{ minWidth: 150 }}
          options={[{ value: 0, label: t('money.everybody') },
            ...(people.data ?? []).map((p) => ({ value: p.id, label: p.name }))]} />
        <span>{unpaid.data && t('trade.sum', { n: unpaid.data.total, money: money(unpaid.data.open_cents) })}</span>
      </div>
      <div className="trade-sum">
        <DatePicker.RangePicker size="small" allowEmpty={[true, true]} aria-label={t('money.period')}
          onChange={(_, days) => setPeriod([days?.[0] ?? '', days?.[1] ?? ''])} />
      </div>
      <div className="trade-body">
        {unpaid.isPending && <Waiting />}
        {unpaid.isError && <Trouble error={unpaid.error} retry={() => void unpaid.refetch()} />}
        {unpaid.isSuccess && items.length === 0 && (
          <Nothing icon={<HandCoins size={28} />} title={t('money.noneOwed')}>{t('money.noneOwedHint')}</Nothing>
        )}
        <ul className="trade-list">
          {items.map((i) => (
            <li key={i.id}>
              <label className="trade-line">
                <span className="trade-tick">
                  <Checkbox checked={ticked.has(i.id) && left(i) > 0} disabled={left(i) === 0} onChange={(e) => tick(i.id, e.target.checked)}
                    aria-label={t('money.tick', { number: i.number, money: money(i.open_cents) })} />
                  <b>{i.customer_name}</b>
                </span>
                <span className="trade-end">{money(i.open_cents)}</span>
                <small>{i.number} · {i.day}{i.submitted_cents > 0 && ` · ${t('money.waits', { money: money(i.submitted_cents) })}`}</small>
                <span className="trade-end trade-late">
                  {i.overdue_days > 0 && t('money.overdueDays', { n: i.overdue_days })}
                </span>
              </label>
              {ticked.has(i.id) && left(i) > 0 && (
                <InputNumber size="small" className="trade-part" prefix="¥" min={0.01} max={left(i) / 100} precision={2}
                  value={pays(i) / 100} aria-label={t('money.paysNow', { number: i.number })}
                  onChange={(n) => setParts((all) => ({ ...all, [i.id]: Math.round((n ?? left(i) / 100) * 100) }))} />
              )}
            </li>
          ))}
        </ul>
        {unpaid.data && unpaid.data.total > items.length && (
          <p>{t('trade.first', { n: items.length, total: unpaid.data.total })}</p>
        )}
      </div>
      <div className="panel-foot trade-acts">
        <span>{t('money.selected', { n: chosen.length })}</span>
        <Select size="small" value={account} onChange={setAccount} aria-label={t('money.account')} style={{ minWidth: 120 }}
          options={tenderAccounts.map((a) => ({ value: a, label: t(`money.a.${a}`) }))} />
        <Button type="primary" loading={busy} disabled={chosen.length === 0} onClick={() => void settle()}>
          {t('money.settle', { money: money(sum) })}
        </Button>
      </div>
    </>
  )
}
