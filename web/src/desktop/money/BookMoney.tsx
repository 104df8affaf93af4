import { useState } from 'react'
import { App, Button, InputNumber, Modal, Select } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client'
import { useCommandKey } from '../../api/command'
import { tenderAccounts, type Receipt, type TenderAccount } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'

/** Money that came from one customer: it pays the oldest documents, the rest is prepaid. */
export function BookMoney({ customer }: { customer: number }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [yuan, setYuan] = useState<number | null>(null)
  const [account, setAccount] = useState<TenderAccount>('1002')
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const cents = Math.round((yuan ?? 0) * 100)
  const book = async () => {
    setBusy(true)
    try {
      const r = await post<Receipt>('/v1/receipts', {
        customer_id: customer, tenders: [{ account, amount_cents: cents }],
      }, { key: key.current })
      key.ended()
      void message.success(`${r.number} · ${money(r.amount_cents)}`)
      setOpen(false)
      setYuan(null)
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
      <Button size="small" onClick={() => setOpen(true)}>{t('money.receive')}</Button>
      <Modal open={open} title={t('money.receive')} okText={t('money.receive')} cancelText={t('do.cancel')}
        okButtonProps={{ disabled: cents <= 0, loading: busy }} onCancel={() => setOpen(false)} onOk={() => void book()}>
        <p>{t('money.receiveHint')}</p>
        <div className="trade-acts">
          <InputNumber autoFocus min={0.01} precision={2} prefix="¥" value={yuan} onChange={setYuan}
            aria-label={t('trade.amount')} style={{ width: 160 }} />
          <Select value={account} onChange={setAccount} aria-label={t('money.account')} style={{ minWidth: 140 }}
            options={tenderAccounts.map((a) => ({ value: a, label: t(`money.a.${a}`) }))} />
        </div>
      </Modal>
    </>
  )
}
