import { useState } from 'react'
import { App, Button, InputNumber, Segmented, Tag } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, PackageCheck, PackageOpen, Printer } from 'lucide-react'
import { commandKey, fileLink, post } from '../../api/client'
import { useNote, useNotes, useToShip, type GoodsNote, type ToShip } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { useReason } from '../useReason'
import { ListSum } from '../money/ListSum'
import '../money/trade.css'

/** What has to go out, and what went. */
export default function GoodsPage() {
  const { t } = useSpeech()
  const [tab, setTab] = useState<'ship' | 'notes'>('ship')
  const [at, setAt] = useState<number | null>(null)
  if (at) return <OneNote id={at} onClose={() => setAt(null)} />
  return (
    <Panel title={t('nav.goods')} label={t('nav.goods')}>
      <div className="planner-tabs">
        <Segmented block value={tab} onChange={setTab} options={[
          { value: 'ship', label: t('goods.toShip') }, { value: 'notes', label: t('goods.notes') },
        ]} />
      </div>
      {tab === 'ship' ? <Outgoing onShipped={setAt} /> : <Notes onPick={setAt} />}
    </Panel>
  )
}

function Outgoing({ onShipped }: { onShipped: (id: number) => void }) {
  const { t } = useSpeech()
  const orders = useToShip()
  return (
    <div className="trade-body">
      {orders.isPending && <Waiting />}
      {orders.isError && <Trouble error={orders.error} retry={() => void orders.refetch()} />}
      {orders.data?.items.length === 0 && (
        <Nothing icon={<PackageCheck size={28} />} title={t('goods.none')}>{t('goods.noneHint')}</Nothing>
      )}
      <ul className="trade-list">
        {orders.data?.items.map((o) => <li key={o.order_id}><ShipForm order={o} onShipped={onShipped} /></li>)}
      </ul>
      {orders.data && orders.data.total > orders.data.items.length && (
        <p>{t('trade.first', { n: orders.data.items.length, total: orders.data.total })}</p>
      )}
    </div>
  )
}

function ShipForm({ order, onShipped }: { order: ToShip; onShipped: (id: number) => void }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [parts, setParts] = useState<Record<number, number>>({})
  const [busy, setBusy] = useState(false)
  const [key] = useState(commandKey)
  const quantity = (l: ToShip['lines'][number]) => parts[l.line_id] ?? Number(l.left)
  const ship = async () => {
    setBusy(true)
    try {
      const note = await post<GoodsNote>('/v1/goods-notes', {
        order_id: order.order_id,
        parts: order.lines.filter((l) => quantity(l) > 0)
          .map((l) => ({ line_id: l.line_id, quantity: String(quantity(l)) })),
      }, { key: `${key}-${order.lines.map((l) => l.left).join('-')}-${Object.values(parts).join('-')}` })
      for (const noun of ['goods', 'orders', 'money', 'customers', 'customer']) {
        void client.invalidateQueries({ queryKey: [noun] })
      }
      onShipped(note.id)
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="trade-line">
      <b>{order.customer_name}</b>
      <span className="trade-end">{order.order_number}</span>
      <small>{t('goods.validUntil', { date: order.valid_until })}</small>
      <span />
      <table className="trade-table" style={{ gridColumn: '1 / -1' }}>
        <tbody>
          {order.lines.map((l) => (
            <tr key={l.line_id}>
              <td>{l.name} {l.spec}<br /><small>{[l.bin, l.code].filter(Boolean).join(' · ')}</small></td>
              <td className="n"><small>{t('goods.left', { n: l.left })} {l.unit}</small></td>
              <td className="n">
                <InputNumber size="small" min={0} max={Number(l.left)} value={quantity(l)} disabled={!may('goods.write')}
                  aria-label={t('goods.shipQuantity', { name: l.name })}
                  onChange={(n) => setParts((all) => ({ ...all, [l.line_id]: n ?? 0 }))} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {may('goods.write') && (
        <Button type="primary" size="small" loading={busy} onClick={() => void ship()}
          style={{ gridColumn: '1 / -1', justifySelf: 'end' }} disabled={order.lines.every((l) => quantity(l) === 0)}>{t('goods.ship')}</Button>
      )}
    </div>
  )
}

function Notes({ onPick }: { onPick: (id: number) => void }) {
  const { t } = useSpeech()
  const notes = useNotes({})
  const all = notes.data?.pages.flatMap((p) => p.items) ?? []
  const first = notes.data?.pages[0]
  return (
    <>
      {first && <ListSum page={first} href={fileLink('/v1/goods-notes/export.xlsx')} />}
      <div className="trade-body">
        {notes.isPending && <Waiting />}
        {notes.isError && <Trouble error={notes.error} retry={() => void notes.refetch()} />}
        {notes.isSuccess && all.length === 0 && (
          <Nothing icon={<PackageOpen size={28} />} title={t('goods.noNotes')} />
        )}
        <ul className="trade-list">
          {all.map((n) => (
            <li key={n.id}>
              <button type="button" onClick={() => onPick(n.id)}>
                <b>{n.customer_name}</b><span className="trade-end">{money(n.total_cents)}</span>
                <small>{n.number} · {n.day}</small>
                <span className="trade-end">{n.state === 'reversed' && <Tag>{t('trade.state.reversed')}</Tag>}</span>
              </button>
            </li>
          ))}
        </ul>
        {notes.hasNextPage && <Button block onClick={() => void notes.fetchNextPage()}>{t('do.more')}</Button>}
      </div>
    </>
  )
}

function OneNote({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useSpeech()
  const note = useNote(id)
  return (
    <Panel title={note.data?.number ?? t('goods.notes')} label={t('goods.notes')} tools={(
      <>
        <Button size="small" icon={<Printer size={15} aria-hidden />} onClick={() => print()}>{t('goods.print')}</Button>
        <Button size="small" icon={<ArrowLeft size={15} aria-hidden />} onClick={onClose}>{t('trade.back')}</Button>
      </>
    )}>
      <div className="trade-body">
        {note.isPending && <Waiting />}
        {note.isError && <Trouble error={note.error} retry={() => void note.refetch()} />}
        {note.data && (
          <>
            <p><b>{note.data.customer_name}</b> · {note.data.day} · {note.data.order_number}{' '}
              {note.data.state === 'reversed' && <Tag>{t('trade.state.reversed')}</Tag>}</p>
            {note.data.reason && <p>{t('trade.reason')}: {note.data.reason}</p>}
            <table className="trade-table">
              <thead>
                <tr><th scope="col">{t('trade.product')}</th><th scope="col" className="n">{t('trade.quantity')}</th>
                  <th scope="col" className="n">{t('trade.amount')}</th></tr>
              </thead>
              <tbody>
                {note.data.lines.map((l) => (
                  <tr key={l.id}>
                    <td>{l.name} {l.spec}<br /><small>{l.code}</small></td>
                    <td className="n">{l.quantity} {l.unit}</td>
                    <td className="n">{money(l.amount_cents)}</td>
                  </tr>
                ))}
              </tbody>
              <tfoot>
                <tr><th scope="row" colSpan={2}>{t('trade.total')}</th>
                  <td className="n"><b>{money(note.data.total_cents)}</b></td></tr>
              </tfoot>
            </table>
            <Reversal note={note.data} />
          </>
        )}
      </div>
    </Panel>
  )
}

function Reversal({ note }: { note: GoodsNote }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const why = useReason()
  if (note.state !== 'posted' || !may('goods.write')) return null
  const reverse = async (reason: string) => {
    try {
      await post(`/v1/goods-notes/${note.id}/reverse`, { reason })
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    for (const noun of ['goods', 'orders', 'money', 'customers', 'customer']) void client.invalidateQueries({ queryKey: [noun] })
  }
  return (
    <div className="trade-acts">
      <Button danger onClick={() => why({
        title: `${t('goods.reverse')} ${note.number}`, ok: t('goods.reverse'), words: t('trade.reason'),
        danger: true, onOk: reverse,
      })}>{t('goods.reverse')}</Button>
    </div>
  )
}
