import { useStatement } from '../api/trade'
import { money } from '../format/format'
import { useSpeech } from '../i18n/language'
import { Failure, Loading, Sheet } from './bits'
import './trade.css'

/** The customer's account as the ledger has it now, the latest first. */
export default function AccountSheet({ customer, name, onClose }: {
  customer: number
  name: string
  onClose: () => void
}) {
  const { t } = useSpeech()
  const st = useStatement(customer)
  return (
    <Sheet title={`${t('money.account2')} · ${name}`} onClose={onClose}>
      {st.isPending && <Loading />}
      {st.isError && <Failure error={st.error} retry={() => void st.refetch()} />}
      {st.data && (
        <>
          <p className="account-sum"><span>{t('money.closing')}</span><b className="num">{money(st.data.closing_cents)}</b></p>
          {st.data.entries.length === 0 && <p>{t('phone.noEntries')}</p>}
          <ul className="order-lines">
            {st.data.entries.toReversed().slice(0, 50).map((e, i) => (
              <li key={i}>
                <span><b>{t(`money.k.${e.kind}`)}</b><small className="num">{e.day} · {e.number}</small></span>
                <b className="num">{money(e.amount_cents)}</b>
              </li>
            ))}
          </ul>
        </>
      )}
    </Sheet>
  )
}
