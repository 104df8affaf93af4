import { useState } from 'react'
import { Link } from 'wouter'
import { HandCoins, ReceiptText, ShoppingCart } from 'lucide-react'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { sheet } from './later'

const OrderSheet = sheet(() => import('./OrderSheet'))
const AccountSheet = sheet(() => import('./AccountSheet'))

/** Order and account of the customer one stands before. */
export function TradeButtons({ customer, visit, name }: {
  customer: number | null
  visit?: number | null
  name: string
}) {
  const { t } = useSpeech()
  const { may } = useSession()
  const [open, setOpen] = useState<'order' | 'account' | null>(null)
  if (!customer) return null
  const close = () => setOpen(null)
  return (
    <>
      {may('orders.write') && (
        <button type="button" className="button" onClick={() => setOpen('order')}>
          <ShoppingCart size={20} aria-hidden /> {t('trade.order')}
        </button>
      )}
      {may('money.read') && (
        <button type="button" className="button" onClick={() => setOpen('account')}>
          <ReceiptText size={20} aria-hidden /> {t('money.account2')}
        </button>
      )}
      {open === 'order' && <OrderSheet customer={customer} visit={visit} name={name} onClose={close} />}
      {open === 'account' && <AccountSheet customer={customer} name={name} onClose={close} />}
    </>
  )
}

/** The way to collecting along today's route. */
export function CollectLink() {
  const { t } = useSpeech()
  const { may } = useSession()
  if (!may('money.collect')) return null
  return <Link href="/collect" className="button wide"><HandCoins size={20} aria-hidden /> {t('money.route')}</Link>
}
