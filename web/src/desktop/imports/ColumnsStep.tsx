import { Button, Select } from 'antd'
import { TriangleAlert } from 'lucide-react'
import { useSpeech } from '../../i18n/language'
import type { ImportSettings, Upload } from './types'

interface Props {
  upload: Upload
  settings: ImportSettings
  onSettings: (s: ImportSettings) => void
  onBack: () => void
  onNext: () => void
}

/** Which column of the sheet holds what. */
export function ColumnsStep({ upload, settings, onSettings, onBack, onNext }: Props) {
  const { t, language } = useSpeech()
  const columns = upload.headings.map((h, i) => ({ value: i, label: h || t('import.column', { n: i + 1 }) }))
  const set = (field: string, column: number | undefined) => {
    const next = { ...settings.columns }
    if (column === undefined) delete next[field]
    else next[field] = column
    onSettings({ ...settings, columns: next })
  }
  return (
    <>
      <div className="panel-scroll import-body">
        <p className="quiet">{t('import.columnsHint', { file: upload.file_name, n: upload.rows })}</p>
        {upload.computed > 0 && (
          <p className="compare-broken">
            <TriangleAlert size={15} aria-hidden />
            {t('import.formulas', { n: upload.computed, cells: upload.formulas.slice(0, 3).join(', ') })}
          </p>
        )}
        <table className="import-columns">
          <thead>
            <tr><th scope="col">{t('import.field')}</th><th scope="col">{t('import.inFile')}</th></tr>
          </thead>
          <tbody>
            {upload.columns.map((c) => (
              <tr key={c.field}>
                <th scope="row">
                  {language === 'zh' ? c.chinese : c.heading}
                  <small className="quiet">{c.example}</small>
                </th>
                <td>
                  <Select allowClear showSearch optionFilterProp="label" options={columns}
                    style={{ width: '100%' }} placeholder={t('import.none')}
                    aria-label={language === 'zh' ? c.chinese : c.heading}
                    value={settings.columns[c.field]} onChange={(v) => set(c.field, v)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer className="panel-foot">
        <Button onClick={onBack}>{t('do.back')}</Button>
        <Button type="primary" disabled={settings.columns.name === undefined} onClick={onNext}>
          {t('import.toPlaces')}
        </Button>
      </footer>
    </>
  )
}
