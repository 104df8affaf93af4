import { useMemo, useState } from 'react'
import { App, Button, Checkbox, Segmented, Select, Tag } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, HandCoins, Printer, ReceiptText } from 'lucide-react'
import { fileLink, post } from '../../api/client'
import { useCommandKey } from '../../api/command'
import { usePeople } from '../../api/queries'
import {
  left, tenderAccounts, useAging, useReceipts, useStatement, useUnpaid, type Collection, type TenderAccount,
} from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { Submissions } from './Submissions'
import './trade.css'

type Tab = 'aging' | 'check' | 'collect' | 'receipts'

/** Who owes what since when, quick collection, receipts. */
export default function MoneyPage() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [tab, setTab] = useState<Tab>('aging')
  const [customer, setCustomer] = useState<number | null>(null)
  if (customer) return <OneStatement customer={customer} onClose={() => setCustomer(null)} />
  const tabs: { value: Tab; label: string }[] = [
    { value: 'aging', label: t('money.aging') },
    ...(may('money.write') ? [{ value: 'check' as const, label: t('money.check') }] : []),
    ...(may('money.collect') ? [{ value: 'collect' as const, label: t('money.collect') }] : []),
    { value: 'receipts', label: t('money.receipts') },
  ]
  return (
    <Panel title={t('nav.money')} label={t('nav.money')}>
      <div className="planner-tabs"><Segmented block value={tab} onChange={setTab} options={tabs} /></div>
      {tab === 'aging' && <Ages onPick={setCustomer} />}
      {tab === 'check' && <Submissions />}
      {tab === 'collect' && <Collect />}
      {tab === 'receipts' && <Receipts />}
    </Panel>
  )
}

/** How many customers are drawn at once; all have come already. */
const agesAtOnce = 300

function Ages({ onPick }: { onPick: (customer: number) => void }) {
  const { t } = useSpeech()
  const aging = useAging()
  const [most, setMost] = useState(agesAtOnce)
  const sum = aging.data?.sum
  return (
    <div className="trade-body">
      {aging.isPending && <Waiting />}
      {aging.isError && <Trouble error={aging.error} retry={() => void aging.refetch()} />}
      {sum && (
        <>
          <p className="trade-line"><b>{t('money.balance')}</b><b className="trade-end">{money(sum.balance_cents)}</b></p>
          <div className="trade-ages">
            <div><small>{t('money.notDue')}</small><b>{money(sum.not_due_cents)}</b></div>
            <div><small>{t('money.d30')}</small><b>{money(sum.days_30_cents)}</b></div>
            <div><small>{t('money.d60')}</small><b>{money(sum.days_60_cents)}</b></div>
            <div><small>{t('money.d90')}</small><b>{money(sum.days_90_cents)}</b></div>
            <div><small>{t('money.older')}</small><b>{money(sum.older_cents)}</b></div>
            <div><small>{t('money.prepaid')}</small><b>{money(sum.unallocated_cents)}</b></div>
          </div>
          <a href={fileLink('/v1/aging/export.xlsx')} download>{t('trade.export')}</a>
        </>
      )}
      {aging.data?.items.length === 0 && (
        <Nothing icon={<HandCoins size={28} />} title={t('money.noneOwed')}>{t('money.noneOwedHint')}</Nothing>
      )}
      <ul className="trade-list">
        {aging.data?.items.slice(0, most).map((a) => {
          const late = a.balance_cents - a.not_due_cents - a.unallocated_cents
          return (
            <li key={a.customer_id}>
              <button type="button" onClick={() => onPick(a.customer_id)}>
                <b>{a.customer_name}</b><span className="trade-end">{money(a.balance_cents)}</span>
                <small>{a.oldest_due && t('money.due', { date: a.oldest_due })}</small>
                <span className="trade-end trade-late">{late > 0 && t('money.late', { money: money(late) })}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {(aging.data?.items.length ?? 0) > most && (
        <Button block onClick={() => setMost(most + agesAtOnce)}>{t('do.more')}</Button>
      )}
    </div>
  )
}

function Collect() {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const people = usePeople()
  const [person, setPerson] = useState(0)
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set())
  const [account, setAccount] = useState<TenderAccount>('1001')
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const filter = useMemo(() => ({ person: person || undefined }), [person])
  const unpaid = useUnpaid(filter)
  const items = unpaid.data?.items ?? []
  const chosen = items.filter((i) => ticked.has(i.id) && left(i) > 0)
  const sum = chosen.reduce((n, i) => n + left(i), 0)
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
        ticks: chosen.map((i) => ({ item_id: i.id, amount_cents: left(i) })),
        tenders: [{ account, amount_cents: sum }],
      }, { key: key.current })
      key.ended()
      void message.success(t(done.submission_id ? 'money.submitted' : 'money.settled', { money: money(sum) }))
      setTicked(new Set())
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
            </li>
          ))}
        </ul>
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

function Receipts() {
  const { t } = useSpeech()
  const receipts = useReceipts({})
  const all = receipts.data?.pages.flatMap((p) => p.items) ?? []
  const first = receipts.data?.pages[0]
  return (
    <>
      {first && (
        <p className="trade-sum num">
          <span>{t('trade.sum', { n: first.total, money: money(first.total_cents ?? 0) })}</span>
          <a href={fileLink('/v1/receipts/export.xlsx')} download>{t('trade.export')}</a>
        </p>
      )}
      <div className="trade-body">
        {receipts.isPending && <Waiting />}
        {receipts.isError && <Trouble error={receipts.error} retry={() => void receipts.refetch()} />}
        {receipts.isSuccess && all.length === 0 && (
          <Nothing icon={<ReceiptText size={28} />} title={t('money.noReceipts')} />
        )}
        <ul className="trade-list">
          {all.map((r) => (
            <li key={r.id} className="trade-line">
              <b>{r.customer_name}</b><span className="trade-end">{money(r.amount_cents)}</span>
              <small>{r.number} · {r.day}</small>
              <span className="trade-end">
                {r.state === 'reversed' && <Tag>{t('trade.state.reversed')}</Tag>}
                {r.unallocated_cents > 0 && <small>{t('money.prepaid')} {money(r.unallocated_cents)}</small>}
              </span>
            </li>
          ))}
        </ul>
        {receipts.hasNextPage && <Button block onClick={() => void receipts.fetchNextPage()}>{t('do.more')}</Button>}
      </div>
    </>
  )
}

function OneStatement({ customer, onClose }: { customer: number; onClose: () => void }) {
  const { t } = useSpeech()
  const st = useStatement(customer)
  return (
    <Panel title={st.data?.customer_name ?? t('money.statement')} label={t('money.statement')} tools={(
      <>
        <Button size="small" icon={<Printer size={15} aria-hidden />} onClick={() => print()}>{t('goods.print')}</Button>
        <Button size="small" icon={<ArrowLeft size={15} aria-hidden />} onClick={onClose}>{t('trade.back')}</Button>
      </>
    )}>
      <div className="trade-body">
        {st.isPending && <Waiting />}
        {st.isError && <Trouble error={st.error} retry={() => void st.refetch()} />}
        {st.data && (
          <table className="trade-table">
            <thead>
              <tr><th scope="col">{t('money.date')}</th><th scope="col">{t('money.document')}</th>
                <th scope="col" className="n">{t('trade.amount')}</th><th scope="col" className="n">{t('money.balance')}</th></tr>
            </thead>
            <tbody>
              {st.data.entries.map((e, i) => (
                <tr key={i}>
                  <td>{e.day}</td><td>{t(`money.k.${e.kind}`)}<br /><small>{e.number}</small></td>
                  <td className="n">{money(e.amount_cents)}</td><td className="n">{money(e.balance_cents)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr><th scope="row" colSpan={3}>{t('money.closing')}</th>
                <td className="n"><b>{money(st.data.closing_cents)}</b></td></tr>
            </tfoot>
          </table>
        )}
      </div>
    </Panel>
  )
}
