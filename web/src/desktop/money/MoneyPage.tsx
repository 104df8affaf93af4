import { useState } from 'react'
import { Button, Segmented, Tag } from 'antd'
import { ArrowLeft, BookOpen, HandCoins, Printer, ReceiptText } from 'lucide-react'
import { fileLink } from '../../api/client'
import { useAging, useReceipts, useStatement } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { BookMoney } from './BookMoney'
import { Collect } from './Collect'
import { Ledger } from './Ledger'
import { ListSum } from './ListSum'
import { OneReceipt } from './OneReceipt'
import { Submissions } from './Submissions'
import { Terms } from './Terms'
import './trade.css'

type Tab = 'aging' | 'check' | 'collect' | 'receipts'

/** Who owes what since when, quick collection, receipts. */
export default function MoneyPage() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [tab, setTab] = useState<Tab>('aging')
  const [customer, setCustomer] = useState<number | null>(null)
  const [receipt, setReceipt] = useState<number | null>(null)
  const [books, setBooks] = useState(false)
  if (books) return <Ledger onClose={() => setBooks(false)} />
  if (customer) return <OneStatement customer={customer} onClose={() => setCustomer(null)} />
  if (receipt) return <OneReceipt id={receipt} onClose={() => setReceipt(null)} />
  const tabs: { value: Tab; label: string }[] = [
    { value: 'aging', label: t('money.aging') },
    ...(may('money.write') ? [{ value: 'check' as const, label: t('money.check') }] : []),
    ...(may('money.collect') ? [{ value: 'collect' as const, label: t('money.collect') }] : []),
    { value: 'receipts', label: t('money.receipts') },
  ]
  return (
    <Panel title={t('nav.money')} label={t('nav.money')} tools={may('money.write') && (
      <Button size="small" icon={<BookOpen size={15} aria-hidden />} onClick={() => setBooks(true)}>{t('money.ledger')}</Button>
    )}>
      <div className="planner-tabs"><Segmented block value={tab} onChange={setTab} options={tabs} /></div>
      {tab === 'aging' && <Ages onPick={setCustomer} />}
      {tab === 'check' && <Submissions />}
      {tab === 'collect' && <Collect />}
      {tab === 'receipts' && <Receipts onPick={setReceipt} />}
    </Panel>
  )
}

/** How many customers are read at once, and at most; the export has all of them. */
const agesAtOnce = 300
const agesAtMost = 1500

function Ages({ onPick }: { onPick: (customer: number) => void }) {
  const { t } = useSpeech()
  const [most, setMost] = useState(agesAtOnce)
  const aging = useAging(most)
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
        {aging.data?.items.map((a) => {
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
      {aging.data && aging.data.total > aging.data.items.length && (
        <>
          <p>{t('trade.first', { n: aging.data.items.length, total: aging.data.total })}</p>
          {most < agesAtMost && (
            <Button block loading={aging.isPlaceholderData} onClick={() => setMost(most + agesAtOnce)}>{t('do.more')}</Button>
          )}
        </>
      )}
    </div>
  )
}

function Receipts({ onPick }: { onPick: (receipt: number) => void }) {
  const { t } = useSpeech()
  const receipts = useReceipts({})
  const all = receipts.data?.pages.flatMap((p) => p.items) ?? []
  const first = receipts.data?.pages[0]
  return (
    <>
      {first && <ListSum page={first} href={fileLink('/v1/receipts/export.xlsx')} />}
      <div className="trade-body">
        {receipts.isPending && <Waiting />}
        {receipts.isError && <Trouble error={receipts.error} retry={() => void receipts.refetch()} />}
        {receipts.isSuccess && all.length === 0 && (
          <Nothing icon={<ReceiptText size={28} />} title={t('money.noReceipts')} />
        )}
        <ul className="trade-list">
          {all.map((r) => (
            <li key={r.id}>
              <button type="button" onClick={() => onPick(r.id)}>
                <b>{r.customer_name}</b><span className="trade-end">{money(r.amount_cents)}</span>
                <small>{r.number} · {r.day}</small>
                <span className="trade-end">
                  {r.state === 'reversed' && <Tag>{t('trade.state.reversed')}</Tag>}
                  {r.unallocated_cents > 0 && <small>{t('money.prepaid')} {money(r.unallocated_cents)}</small>}
                </span>
              </button>
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
  const { may } = useSession()
  const st = useStatement(customer)
  return (
    <Panel title={st.data?.customer_name ?? t('money.statement')} label={t('money.statement')} tools={(
      <>
        <Button size="small" icon={<Printer size={15} aria-hidden />} onClick={() => print()}>{t('goods.print')}</Button>
        <Button size="small" icon={<ArrowLeft size={15} aria-hidden />} onClick={onClose}>{t('trade.back')}</Button>
      </>
    )}>
      <div className="trade-body">
        <Terms customer={customer} />
        {may('money.write') && <div className="trade-acts"><BookMoney customer={customer} /></div>}
        {st.isPending && <Waiting />}
        {st.isError && <Trouble error={st.error} retry={() => void st.refetch()} />}
        {st.data && (
          <table className="trade-table">
            <thead>
              <tr><th scope="col">{t('money.date')}</th><th scope="col">{t('money.document')}</th>
                <th scope="col" className="n">{t('trade.amount')}</th><th scope="col" className="n">{t('money.balance')}</th></tr>
            </thead>
            <tbody>
              {(st.data.earlier || st.data.opening_cents !== 0) && (
                <tr>
                  <td colSpan={3}>{t('money.opening')}{st.data.earlier && <><br /><small>{t('money.earlier')}</small></>}</td>
                  <td className="n">{money(st.data.opening_cents)}</td>
                </tr>
              )}
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
