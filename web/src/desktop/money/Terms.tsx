import { useState } from 'react'
import { App, Button, InputNumber, Modal } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { put } from '../../api/client'
import { useAccount, type CustomerAccount } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'

/** What a customer may owe and for how long, beside what counts against it. */
export function Terms({ customer }: { customer: number }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const account = useAccount(customer)
  const a = account.data
  if (!a) return null
  return (
    <p className="trade-line trade-terms">
      <span>{t('money.exposure')} {money(a.exposure_cents)} · {t('money.limit')}{' '}
        {a.limit_cents === null ? t('money.noLimit') : money(a.limit_cents)}
        {a.term_days !== null && ` · ${t('money.termDays', { n: a.term_days })}`}</span>
      {may('money.write') && <Edit key={a.version} account={a} />}
    </p>
  )
}

function Edit({ account }: { account: CustomerAccount }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [limit, setLimit] = useState(account.limit_cents === null ? null : account.limit_cents / 100)
  const [days, setDays] = useState(account.term_days)
  const save = async () => {
    try {
      await put(`/v1/customers/${account.customer_id}/terms`, {
        limit_cents: limit === null ? null : Math.round(limit * 100), term_days: days,
      }, { version: account.version })
      setOpen(false)
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    void client.invalidateQueries({ queryKey: ['money'] })
  }
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>{t('money.terms')}</Button>
      <Modal open={open} title={t('money.terms')} okText={t('do.save')} cancelText={t('do.cancel')}
        onCancel={() => setOpen(false)} onOk={save}>
        <p>{t('money.termsHint')}</p>
        <div className="trade-acts">
          <InputNumber min={0} max={10_000_000_000} precision={2} prefix="¥" value={limit} onChange={setLimit}
            aria-label={t('money.limit')} placeholder={t('money.noLimit')} style={{ width: 180 }} />
          <InputNumber min={0} max={365} precision={0} value={days} onChange={setDays}
            aria-label={t('money.term')} placeholder={t('money.term')} style={{ width: 140 }} />
        </div>
      </Modal>
    </>
  )
}
