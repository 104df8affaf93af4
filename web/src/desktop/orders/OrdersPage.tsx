import { useMemo, useState } from 'react'
import { App, Button, Segmented } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, ClipboardList, Plus } from 'lucide-react'
import { fileLink, post } from '../../api/client'
import { useOrder, useOrders, type Order } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { useReason } from '../useReason'
import { ListSum } from '../money/ListSum'
import '../money/trade.css'
import { OrderForm } from './OrderForm'

type Shown = '' | 'open' | 'submitted' | 'draft'

/** Orders of customers: list, one order, entry by keyboard. */
export default function OrdersPage() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [at, setAt] = useState<number | 'new' | null>(null)
  const [draft, setDraft] = useState<Order | null>(null)
  if (draft) {
    return <OrderForm draft={draft} onDone={() => setDraft(null)} onClose={() => setDraft(null)} />
  }
  if (at === 'new') return <OrderForm onDone={(id) => setAt(id)} onClose={() => setAt(null)} />
  if (at) return <OneOrder id={at} onEdit={setDraft} onClose={() => setAt(null)} />
  return (
    <Panel title={t('nav.orders')} label={t('nav.orders')} tools={may('orders.write') && (
      <Button size="small" type="primary" icon={<Plus size={15} aria-hidden />} onClick={() => setAt('new')}>
        {t('do.new')}
      </Button>
    )}>
      <OrderList onPick={setAt} />
    </Panel>
  )
}

function OrderList({ onPick }: { onPick: (id: number) => void }) {
  const { t } = useSpeech()
  const [shown, setShown] = useState<Shown>('')
  const filter = useMemo(
    () => (shown === 'open' ? { open: true } : { state: shown }), [shown])
  const orders = useOrders(filter)
  const all = orders.data?.pages.flatMap((p) => p.items) ?? []
  const first = orders.data?.pages[0]
  return (
    <>
      <div className="planner-tabs">
        <Segmented block value={shown} onChange={setShown} options={[
          { value: '', label: t('trade.all') }, { value: 'open', label: t('trade.open') },
          { value: 'submitted', label: t('trade.state.submitted') }, { value: 'draft', label: t('trade.state.draft') },
        ]} />
      </div>
      {first && <ListSum page={first} href={fileLink('/v1/orders/export.xlsx', filter)} />}
      <div className="trade-body">
        {orders.isPending && <Waiting />}
        {orders.isError && <Trouble error={orders.error} retry={() => void orders.refetch()} />}
        {orders.isSuccess && all.length === 0 && (
          <Nothing icon={<ClipboardList size={28} />} title={t('trade.none')}>{t('trade.noneHint')}</Nothing>
        )}
        <ul className="trade-list">
          {all.map((o) => (
            <li key={o.id}>
              <button type="button" onClick={() => onPick(o.id)}>
                <b>{o.customer_name}</b>
                <span className="trade-end">{money(o.total_cents)}</span>
                <small>{o.number} · {o.day}</small>
                <span className="trade-end"><OrderState order={o} /></span>
              </button>
            </li>
          ))}
        </ul>
        {orders.hasNextPage && (
          <Button block onClick={() => void orders.fetchNextPage()}>{t('do.more')}</Button>
        )}
      </div>
    </>
  )
}

/** Where an order stands, in a word. */
function OrderState({ order }: { order: Order }) {
  const { t } = useSpeech()
  const word = order.open ? t('trade.open') : t(`trade.state.${order.state}`)
  const look = order.state === 'submitted' ? 'status status-draft' : order.open ? 'status status-published' : 'status'
  return <span className={look}>{word}</span>
}

function OneOrder({ id, onEdit, onClose }: {
  id: number
  onEdit: (draft: Order) => void
  onClose: () => void
}) {
  const { t } = useSpeech()
  const order = useOrder(id)
  return (
    <Panel title={order.data?.number ?? t('nav.orders')} label={t('nav.orders')} tools={(
      <Button size="small" icon={<ArrowLeft size={15} aria-hidden />} onClick={onClose}>{t('trade.back')}</Button>
    )}>
      <div className="trade-body">
        {order.isPending && <Waiting />}
        {order.isError && <Trouble error={order.error} retry={() => void order.refetch()} />}
        {order.data && <OrderSheet order={order.data} onEdit={onEdit} />}
      </div>
    </Panel>
  )
}

interface Sheet {
  order: Order
  onEdit: (draft: Order) => void
}

function OrderSheet({ order, onEdit }: Sheet) {
  const { t } = useSpeech()
  const { me } = useSession()
  const past = order.open && order.valid_until < me.business_day
  return (
    <>
      <p><b>{order.customer_name}</b> <OrderState order={order} /></p>
      {order.open && (
        <p className={past ? 'trade-late' : undefined}>
          {t(past ? 'trade.expired' : 'goods.validUntil', { date: order.valid_until })}
        </p>
      )}
      {order.hold && <p className="trade-late">{t(`trade.hold.${order.hold}`)}</p>}
      {order.reason && <p>{t('trade.reason')}: {order.reason}</p>}
      <table className="trade-table">
        <thead>
          <tr><th scope="col">{t('trade.product')}</th><th scope="col" className="n">{t('trade.quantity')}</th>
            <th scope="col" className="n">{t('trade.amount')}</th></tr>
        </thead>
        <tbody>
          {order.lines.map((l) => (
            <tr key={l.id}>
              <td>{l.name} {l.spec}<br /><small>{l.code} · {money(l.price_cents)}</small></td>
              <td className="n">{l.quantity} {l.unit}<br /><small>{t('trade.delivered', { n: l.delivered })}</small></td>
              <td className="n">{money(l.amount_cents)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr><th scope="row" colSpan={2}>{t('trade.total')}</th><td className="n"><b>{money(order.total_cents)}</b></td></tr>
        </tfoot>
      </table>
      <Acts order={order} onEdit={onEdit} />
    </>
  )
}

function Acts({ order, onEdit }: Sheet) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const why = useReason()
  const act = async (what: string, body: object) => {
    try {
      await post(`/v1/orders/${order.id}/${what}`, body)
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    for (const key of ['orders', 'goods', 'customers', 'customer']) void client.invalidateQueries({ queryKey: [key] })
  }
  const decide = (approve: boolean) => why({
    title: t(approve ? 'trade.approve' : 'trade.reject'), ok: t(approve ? 'trade.approve' : 'trade.reject'),
    words: t('trade.reason'), optional: order.hold === 'review',
    onOk: (reason) => act('decision', { approve, reason }),
  })
  const cancel = () => why({
    title: t('trade.cancel'), ok: t('trade.cancel'), words: t('trade.reason'), danger: true,
    optional: order.state !== 'confirmed', onOk: (reason) => act('cancel', { reason }),
  })
  const giveUp = () => why({
    title: t('trade.giveUp'), ok: t('trade.giveUp'), words: t('trade.reason'), danger: true,
    onOk: (reason) => act('close', { reason }),
  })
  return (
    <div className="trade-acts">
      {order.state === 'draft' && may('orders.write') && (
        <>
          <Button type="primary" onClick={() => void act('confirm', {})}>{t('trade.confirm')}</Button>
          <Button onClick={() => onEdit(order)}>{t('trade.edit')}</Button>
        </>
      )}
      {order.state === 'submitted' && may('orders.review') && (
        <>
          <Button type="primary" onClick={() => decide(true)}>{t('trade.approve')}</Button>
          <Button onClick={() => decide(false)}>{t('trade.reject')}</Button>
        </>
      )}
      {['draft', 'submitted', 'confirmed'].includes(order.state) && may('orders.write') &&
        order.lines.every((l) => l.delivered === '0') && (
        <Button danger onClick={cancel}>{t('trade.cancel')}</Button>
      )}
      {order.open && may('orders.review') && (
        <Button danger onClick={giveUp}>{t('trade.giveUp')}</Button>
      )}
    </div>
  )
}
