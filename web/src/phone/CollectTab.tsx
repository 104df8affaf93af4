import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { HandCoins } from 'lucide-react'
import { post } from '../api/client'
import { useCommandKey } from '../api/command'
import {
  left, tenderAccounts, useSubmissions, useUnpaid, type Collection, type TenderAccount, type UnpaidItem,
} from '../api/trade'
import { money } from '../format/format'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { sendOrKeep, unsent, useOutbox } from './offline/outbox'
import { useToast } from './toast'
import './trade.css'

/** The cents of an amount as it is typed; NaN when it is none. */
const centsOf = (typed: string) => (/^\d{1,9}([.,]\d{0,2})?$/.test(typed.trim())
  ? Math.round(Number(typed.trim().replace(',', '.')) * 100) : NaN)

/** What today's customers owe, in the order of the road; ticked and settled at once. */
export default function CollectTab() {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const say = useToast()
  const client = useQueryClient()
  const [mine, setMine] = useState(false) // not only along the route
  const unpaid = useUnpaid(mine ? { person: me.id } : { route: me.business_day })
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set())
  const [parts, setParts] = useState<Readonly<Record<number, string>>>({}) // as typed, where it is not all
  const [account, setAccount] = useState<TenderAccount>('1001')
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const key = useCommandKey()
  const own = useOutbox().filter((a) => a.kind === 'collect' && a.person === me.id)
  const waiting = unsent(own, me.id)
  // What waits on this phone is not collected twice.
  const kept = new Set(own.flatMap((a) => (a.body.ticks as { item_id: number }[]).map((x) => x.item_id)))
  const items = (unpaid.data?.items ?? []).filter((i) => !kept.has(i.id))
  const chosen = items.filter((i) => ticked.has(i.id) && left(i) > 0)
  const pays = (i: UnpaidItem) => (parts[i.id] ? centsOf(parts[i.id]!) : left(i))
  const wrong = (i: UnpaidItem) => !(pays(i) > 0 && pays(i) <= left(i))
  const sum = chosen.reduce((n, i) => n + (wrong(i) ? 0 : pays(i)), 0)
  const flip = (id: number) => setTicked((all) => {
    const next = new Set(all)
    if (!next.delete(id)) next.add(id)
    return next
  })
  const settle = async () => {
    setBusy(true)
    setTrouble('')
    try {
      const body = {
        ticks: chosen.map((i) => ({ item_id: i.id, amount_cents: pays(i) })),
        tenders: [{ account, amount_cents: sum }],
      }
      const names = [...new Set(chosen.map((i) => i.customer_name))].join(', ')
      const sent = await sendOrKeep(async () => {
        const done = await post<Collection>('/v1/collections', body, { key: key.current })
        say(t(done.submission_id ? 'money.submitted' : 'money.settled', { money: money(sum) }))
      }, {
        kind: 'collect', person: me.id, owner: me.name, customer: null, name: names, key: key.current, body,
        cents: sum, local: `collect-${key.current}`,
      })
      if (!sent) say(t('field.kept'))
      key.ended()
      setTicked(new Set())
      setParts({})
    } catch (error) {
      key.ended(error)
      setTrouble(sentence(error, lookup, language))
    } finally {
      setBusy(false)
      for (const noun of ['money', 'customer', 'customers']) void client.invalidateQueries({ queryKey: [noun] })
    }
  }
  return (
    <>
      <header className="top"><div><h1>{t('money.collect')}</h1><p>{t(mine ? 'money.mine' : 'money.route')}</p></div></header>
      <div className="chips collect-of" role="group" aria-label={t('money.collect')}>
        <button type="button" className="chip" aria-pressed={!mine} onClick={() => setMine(false)}>{t('money.onRoute')}</button>
        <button type="button" className="chip" aria-pressed={mine} onClick={() => setMine(true)}>{t('money.mine')}</button>
      </div>
      {unpaid.isPending && <Loading />}
      {unpaid.isError && <Failure error={unpaid.error} retry={() => void unpaid.refetch()} />}
      {waiting.length > 0 && (
        <p className="collect-kept">{t('field.waiting', { n: waiting.length })} · <b className="num">
          {money(waiting.reduce((n, a) => n + (a.cents ?? 0), 0))}</b></p>
      )}
      {unpaid.isSuccess && items.length === 0 && (
        <Blank icon={<HandCoins size={32} />} title={t(mine ? 'money.noneOwed' : 'money.noRoute')}>
          <p>{t(mine ? 'money.noneOwedHint' : 'money.noRouteHint')}</p>
        </Blank>
      )}
      <ul className="collect-list">
        {items.map((i) => (
          <li key={i.id}>
            <label>
              <input type="checkbox" checked={ticked.has(i.id) && left(i) > 0} disabled={left(i) === 0} onChange={() => flip(i.id)}
                aria-label={t('money.tick', { number: i.number, money: money(i.open_cents) })} />
              <span><b>{i.customer_name}</b>
                <small>{i.stop > 0 && `${t('money.stop', { n: i.stop })} · `}{i.number}{i.overdue_days > 0 &&
                  <em className="late"> · {t('money.overdueDays', { n: i.overdue_days })}</em>}</small>
                {i.submitted_cents > 0 && <small>{t('money.waits', { money: money(i.submitted_cents) })}</small>}</span>
              <b className="num">{money(i.open_cents)}</b>
            </label>
            {ticked.has(i.id) && left(i) > 0 && (
              <label className="collect-part"><span>{t('money.paysNow', { number: i.number })}</span>
                <input inputMode="decimal" value={parts[i.id] ?? ''} placeholder={(left(i) / 100).toFixed(2)}
                  aria-invalid={wrong(i)} onChange={(e) => setParts((typed) => ({ ...typed, [i.id]: e.target.value }))} />
              </label>
            )}
          </li>
        ))}
      </ul>
      {unpaid.data && unpaid.data.total > unpaid.data.items.length && (
        <p className="collect-kept">{t('trade.first', { n: unpaid.data.items.length, total: unpaid.data.total })}</p>
      )}
      <SentBack />
      {items.length > 0 && (
        <section className="collect-foot">
          <div className="chips" role="group" aria-label={t('money.account')}>
            {tenderAccounts.map((a) => (
              <button key={a} type="button" className="chip" aria-pressed={account === a}
                onClick={() => setAccount(a)}>{t(`money.a.${a}`)}</button>
            ))}
          </div>
          {trouble && <p role="alert" className="warn">{trouble}</p>}
          <button type="button" className="button primary huge" disabled={busy || chosen.length === 0 || chosen.some(wrong)}
            onClick={() => void settle()}>{t('money.settle', { money: money(sum) })}</button>
        </section>
      )}
    </>
  )
}

/** What finance sent back lately, with the reason. */
function SentBack() {
  const { t } = useSpeech()
  const { me } = useSession()
  const back = useSubmissions('rejected', me.id)
  const mine = (back.data?.pages[0]?.items ?? []).slice(0, 5)
  if (mine.length === 0) return null
  return (
    <section className="sent-back" aria-label={t('money.backTitle')}>
      <h2>{t('money.backTitle')}</h2>
      {mine.map((s) => (
        <p key={s.id}><b className="num">{money(s.amount_cents)}</b> · {s.items.map((i) => i.customer_name).join(', ')}
          <br /><em className="late">{s.reason}</em></p>
      ))}
    </section>
  )
}
