import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import type { ImportFault } from './types'

/** What is wrong, row by row: line, column, reason. */
export function FaultList({ faults, total }: { faults: ImportFault[]; total: number }) {
  const { t, lookup } = useSpeech()
  return (
    <section aria-label={t('import.faults')}>
      <h2 className="import-label">{t('import.faults')} <span className="num">{count(total)}</span></h2>
      <table className="import-faults">
        <thead>
          <tr>
            <th scope="col" className="end">{t('import.line')}</th>
            <th scope="col">{t('import.inFile')}</th>
            <th scope="col">{t('phone.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {faults.slice(0, 100).map((f, i) => (
            <tr key={i}>
              <td className="end num">{f.line}</td>
              <td>{f.column}{f.value && <small className="quiet">{f.value}</small>}</td>
              <td>{lookup(`importfault.${f.code}`) ?? f.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
