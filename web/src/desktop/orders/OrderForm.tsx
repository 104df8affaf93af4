import { useRef, useState } from 'react'
import { App, Button, Input, InputNumber, Select, type InputRef } from 'antd'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { get, post, put, rows } from '../../api/client'
import { useCommandKey } from '../../api/command'
import { useLastOrder, usePrices, type Order, type OrderLine, type Product } from '../../api/trade'
import type { Customer, Page } from '../../api/types'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { Panel } from '../frame/Panel'

interface Line {
  id: number
  code: string
  name: string
  unit: string
  quantity: number
  price: number
}

const lineOf = (l: OrderLine): Line => ({
  id: l.product_id, code: l.code, name: l.name, unit: l.unit, quantity: Number(l.quantity), price: l.price_cents,
})

/** Entry of an order by keyboard, or of a draft anew: code, Enter, quantity; Ctrl+Enter confirms. */
export function OrderForm({ draft, onDone, onClose }: {
  draft?: Order
  onDone: (id: number) => void
  onClose: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [customer, setCustomer] = useState(draft?.customer_id ?? 0)
  const [lines, setLines] = useState<Line[]>(draft?.lines.map(lineOf) ?? [])
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const version = useRef(draft?.version ?? 0)
  const prices = usePrices(customer, lines.map((l) => l.id))
  const priceOf = (l: Line) => prices.data?.find((p) => p.product_id === l.id)?.price_cents ?? l.price
  const total = lines.reduce((sum, l) => sum + Math.round(priceOf(l) * l.quantity), 0)
  const send = async (confirm: boolean) => {
    if (!customer || lines.length === 0 || busy) return
    setBusy(true)
    try {
      const entry = {
        customer_id: customer, note: draft?.note,
        lines: lines.map((l) => ({ product_id: l.id, quantity: String(l.quantity) })),
      }
      let order: Order
      if (draft) {
        order = await put<Order>(`/v1/orders/${draft.id}`, entry, { version: version.current })
        version.current = order.version // confirming it may fail
        if (confirm) order = await post<Order>(`/v1/orders/${draft.id}/confirm`)
      } else {
        order = await post<Order>('/v1/orders', { ...entry, confirm }, { key: key.current })
      }
      void message.success(t('trade.saved', { number: order.number, state: t(`trade.state.${order.state}`) }))
      onDone(order.id)
    } catch (error) {
      key.ended(error)
      void message.error(sentence(error, lookup, language))
    } finally {
      setBusy(false)
      // Also after a fault: a draft may have been saved that could not be confirmed.
      for (const noun of ['orders', 'goods', 'customers', 'customer', 'warnings']) void client.invalidateQueries({ queryKey: [noun] })
    }
  }
  const add = (line: Line) => setLines((all) => {
    const known = all.find((l) => l.id === line.id)
    if (!known) return [...all, line]
    return all.map((l) => (l === known ? { ...l, quantity: l.quantity + line.quantity } : l))
  })
  return (
    <Panel title={draft?.number ?? t('trade.newOrder')} label={t(draft ? 'trade.edit' : 'trade.newOrder')}
      tools={<Button size="small" onClick={onClose}>{t('do.close')}</Button>}>
      <div className="trade-body trade-form" onKeyDown={(e) => {
        if (e.key === 'Enter' && e.ctrlKey) void send(true)
      }}>
        {draft ? <b>{draft.customer_name}</b> : <PickCustomer value={customer} onPick={setCustomer} />}
        {customer > 0 && <Repeat customer={customer} onLines={(found) => found.forEach(add)} />}
        <PickProduct onAdd={add} />
        <table className="trade-table">
          <tbody>
            {lines.map((l) => (
              <tr key={l.id}>
                <td>{l.name}<br /><small>{l.code} · {money(priceOf(l))}</small></td>
                <td className="n">
                  <InputNumber size="small" min={0.001} value={l.quantity} aria-label={`${t('trade.quantity')} ${l.name}`}
                    onChange={(n) => setLines((all) => all.map((o) => (o.id === l.id ? { ...o, quantity: n ?? 1 } : o)))} />
                </td>
                <td className="n">{money(Math.round(priceOf(l) * l.quantity))}</td>
                <td>
                  <button type="button" className="icon-button" aria-label={t('trade.remove', { name: l.name })}
                    onClick={() => setLines((all) => all.filter((o) => o.id !== l.id))}>
                    <Trash2 size={15} aria-hidden />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p className="trade-line"><b>{t('trade.total')}</b><b className="trade-end" data-testid="order-total">{money(total)}</b></p>
        <div className="trade-acts">
          <Button type="primary" loading={busy} disabled={!customer || lines.length === 0}
            onClick={() => void send(true)}>{t('trade.confirm')}</Button>
          <Button disabled={!customer || lines.length === 0 || busy}
            onClick={() => void send(false)}>{t('trade.saveDraft')}</Button>
        </div>
        <small>{t('trade.keys')}</small>
      </div>
    </Panel>
  )
}

function PickCustomer({ value, onPick }: { value: number; onPick: (id: number) => void }) {
  const { t } = useSpeech()
  const [words, setWords] = useState('')
  const found = useQuery({
    queryKey: ['customers', 'pick', words],
    queryFn: async () => rows(await get<Page<Customer>>('/v1/customers', { q: words, limit: 20 })),
  })
  return (
    <Select showSearch={{ filterOption: false, onSearch: setWords }} autoFocus placeholder={t('trade.findCustomer')}
      aria-label={t('trade.customer')} value={value || undefined} onChange={onPick} loading={found.isFetching}
      options={(found.data ?? []).map((c) => ({ value: c.id, label: `${c.name} · ${c.number}` }))} />
  )
}

function Repeat({ customer, onLines }: { customer: number; onLines: (lines: Line[]) => void }) {
  const { t } = useSpeech()
  const last = useLastOrder(customer)
  if (!last.data?.length) return null
  return <Button onClick={() => onLines(last.data.map(lineOf))}>{t('trade.repeat')}</Button>
}

function PickProduct({ onAdd }: { onAdd: (line: Line) => void }) {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const [words, setWords] = useState('')
  const field = useRef<InputRef>(null)
  const take = async () => {
    const asked = words.trim()
    if (!asked) return
    const found = rows(await get<Page<Product>>('/v1/products', { q: asked, limit: 5 }))
    const p = found.find((one) => one.code.toUpperCase() === asked.toUpperCase()) ?? found[0]
    if (!p) return void message.warning(t('trade.noProduct', { words: asked }))
    onAdd({ id: p.id, code: p.code, name: p.name, unit: p.unit, quantity: 1, price: p.price_cents })
    setWords('')
    field.current?.focus()
  }
  return (
    <Input ref={field} value={words} placeholder={t('trade.code')} aria-label={t('trade.code')}
      onChange={(e) => setWords(e.target.value)}
      onPressEnter={(e) => {
        if (!e.ctrlKey) void take()
      }} />
  )
}
