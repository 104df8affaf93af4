import { Button } from 'antd'
import { ArrowLeft } from 'lucide-react'
import { useLedger } from '../../api/trade'
import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { Panel } from '../frame/Panel'
import { Trouble, Waiting } from '../states'

/** Every account of the ledger with its balance; together they are nothing. */
export function Ledger({ onClose }: { onClose: () => void }) {
  const { t, language } = useSpeech()
  const ledger = useLedger()
  return (
    <Panel title={t('money.ledger')} label={t('money.ledger')} tools={(
      <Button size="small" icon={<ArrowLeft size={15} aria-hidden />} onClick={onClose}>{t('trade.back')}</Button>
    )}>
      <div className="trade-body">
        {ledger.isPending && <Waiting />}
        {ledger.isError && <Trouble error={ledger.error} retry={() => void ledger.refetch()} />}
        {ledger.data && (
          <table className="trade-table">
            <thead>
              <tr><th scope="col">{t('money.ledgerAccount')}</th><th scope="col" className="n">{t('money.balance')}</th></tr>
            </thead>
            <tbody>
              {ledger.data.map((a) => (
                <tr key={a.code}>
                  <td>{a.code} {language === 'zh' ? a.name_zh : a.name}</td><td className="n">{money(a.balance_cents)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr><th scope="row">{t('trade.total')}</th>
                <td className="n"><b>{money(ledger.data.reduce((n, a) => n + a.balance_cents, 0))}</b></td></tr>
            </tfoot>
          </table>
        )}
      </div>
    </Panel>
  )
}
