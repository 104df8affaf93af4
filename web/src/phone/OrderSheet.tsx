import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { post } from '../api/client'
import { useCommandKey } from '../api/command'
import { useLastOrder, usePrices, type Order, type Product } from '../api/trade'
import { money } from '../format/format'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useOnline } from '../session/online'
import { useSession } from '../session/session'
import { Loading, Sheet } from './bits'
import { sendOrKeep, useOutbox } from './offline/outbox'
import { useGoods } from './offline/stock'
import { useToast } from './toast'
import './trade.css'

interface Line {
  id: number
  name: string
  spec: string
  unit: string
  quantity: number
  price: number
}

/** An order taken at the counter: search, steppers, the last order in one tap. */
export default function OrderSheet({ customer, visit, name, onClose }: {
  customer: number
  visit?: number | null
  name: string
  onClose: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const say = useToast()
  const client = useQueryClient()
  const [words, setWords] = useState('')
  const [lines, setLines] = useState<Line[]>([])
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const key = useCommandKey()
  const { me } = useSession()
  const online = useOnline()
  // The visit's name while its check-in waits: the order waits behind it.
  const begun = useOutbox().filter((a) => a.kind === 'in' && a.person === me.id && a.customer === customer).at(-1)
  const products = useGoods(words)
  const last = useLastOrder(customer)
  const prices = usePrices(customer, lines.map((l) => l.id))
  const priceOf = (l: Line) => prices.data?.find((p) => p.product_id === l.id)?.price_cents ?? l.price
  const total = lines.reduce((sum, l) => sum + Math.round(priceOf(l) * l.quantity), 0)
  const change = (line: Line, by: number) => setLines((all) => {
    const known = all.find((l) => l.id === line.id)
    if (!known) return by > 0 ? [...all, { ...line, quantity: by }] : all
    return all.map((l) => (l === known ? { ...l, quantity: l.quantity + by } : l)).filter((l) => l.quantity > 0)
  })
  const set = (line: Line, n: number) =>
    setLines((all) => all.map((l) => (l.id === line.id ? { ...l, quantity: Math.round(n * 1000) / 1000 } : l)))
  const send = async () => {
    setBusy(true)
    setTrouble('')
    try {
      const body = {
        customer_id: customer, confirm: true,
        lines: lines.map((l) => ({ product_id: l.id, quantity: String(l.quantity) })),
      }
      const sent = await sendOrKeep(async () => {
        const order = await post<Order>('/v1/orders', { ...body, visit_id: visit ?? 0 }, { key: key.current })
        say(t('trade.saved', { number: order.number, state: t(`trade.state.${order.state}`) }))
      }, {
        kind: 'order', person: me.id, owner: me.name, customer, name, key: key.current, body, cents: total,
        target: visit ?? undefined, local: begun?.local ?? (visit ? `visit-${visit}` : `order-${key.current}`),
      })
      if (!sent) say(t('field.kept'))
      for (const noun of ['orders', 'customer', 'customers', 'due', 'warnings']) void client.invalidateQueries({ queryKey: [noun] })
      onClose()
    } catch (error) {
      key.ended(error)
      setTrouble(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Sheet title={`${t('trade.order')} · ${name}`} onClose={onClose}>
      <div className="sheet-form">
        {!!last.data?.length && lines.length === 0 && (
          <button type="button" className="button" onClick={() => setLines(last.data.map((l) => ({
            id: l.product_id, name: l.name, spec: l.spec, unit: l.unit, quantity: Number(l.quantity), price: l.price_cents,
          })))}>{t('trade.repeat')}</button>
        )}
        <ul className="order-lines">
          {lines.map((l) => (
            <Step key={l.id} line={l} price={priceOf(l)} onStep={(by) => change(l, by)} onSet={(n) => set(l, n)} />
          ))}
        </ul>
        <label>{t('trade.search')}
          <input type="search" value={words} onChange={(e) => setWords(e.target.value)} />
        </label>
        {!products && <Loading />}
        <ul className="order-lines">
          {(products ?? []).filter((p) => !lines.some((l) => l.id === p.id)).slice(0, 8).map((p) => {
            const line = lineOf(p)
            return <Step key={p.id} line={line} price={p.price_cents} onStep={(by) => change(line, by)} />
          })}
        </ul>
        {!online && <p className="price-later">{t('field.priceLater')}</p>}
        {trouble && <p role="alert" className="warn">{trouble}</p>}
        <button type="button" className="button primary huge" disabled={busy || lines.length === 0}
          onClick={() => void send()}>{t('trade.confirm')} · {money(total)}</button>
      </div>
    </Sheet>
  )
}

const lineOf = (p: Product): Line => ({
  id: p.id, name: p.name, spec: p.spec, unit: p.unit, quantity: 0, price: p.price_cents,
})

function Step({ line, price, onStep, onSet }: {
  line: Line
  price: number
  onStep: (by: number) => void
  onSet?: (n: number) => void
}) {
  const { t } = useSpeech()
  const [typed, setTyped] = useState<string | null>(null) // while the field is being written in
  return (
    <li>
      <span><b>{line.name}</b><small className="num">{line.spec} {money(price)} / {line.unit}</small></span>
      {line.quantity > 0 && (
        <>
          <button type="button" className="round" aria-label={t('trade.less', { name: line.name })}
            onClick={() => onStep(-1)}>−</button>
          <input className="num order-n" inputMode="decimal" value={typed ?? line.quantity}
            aria-label={`${t('trade.quantity')} ${line.name}`} onBlur={() => setTyped(null)}
            onChange={(e) => {
              setTyped(e.target.value)
              const n = Number(e.target.value.trim().replace(',', '.'))
              if (n >= 0.001 && n <= 1_000_000) onSet?.(n)
            }} />
        </>
      )}
      <button type="button" className="round" aria-label={t('trade.more', { name: line.name })}
        onClick={() => onStep(1)}>+</button>
    </li>
  )
}
