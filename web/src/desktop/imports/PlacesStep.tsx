import { useEffect, useRef, useState } from 'react'
import { Button, Checkbox, Radio } from 'antd'
import { TriangleAlert } from 'lucide-react'
import { post } from '../../api/client'
import { useCommandKey } from '../../api/command'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { Trouble, Waiting } from '../states'
import { FaultList } from './FaultList'
import type { ImportPreview, ImportSettings, Upload } from './types'

interface Props {
  upload: Upload
  settings: ImportSettings
  onSettings: (s: ImportSettings) => void
  preview: ImportPreview | null
  onPreview: (p: ImportPreview | null) => void
  onBack: () => void
  onStarted: (job: number) => void
}

const datums = ['wgs84', 'gcj02', 'bd09'] as const

/** In which system the coordinates are; the map shows where the rows would fall. */
export function PlacesStep(p: Props) {
  const { t } = useSpeech()
  const { upload, settings, onSettings, preview, onPreview } = p
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const told = useRef(onPreview)
  useEffect(() => {
    told.current = onPreview
  })
  const { columns, datum, swap } = settings
  useEffect(() => {
    const stop = new AbortController()
    setProblem(null)
    post<ImportPreview>(`/v1/customer-imports/${upload.id}/preview`, { columns, datum, swap },
      { signal: stop.signal })
      .then((answer) => told.current(answer))
      .catch((error) => {
        if (!stop.signal.aborted) setProblem(error)
      })
    return () => stop.abort()
  }, [upload.id, columns, datum, swap])
  const run = async () => {
    setBusy(true)
    try {
      const started = await post<Upload>(`/v1/customer-imports/${upload.id}/run`, settings, {
        key: key.current,
      })
      if (started.job_id !== null) p.onStarted(started.job_id)
    } catch (error) {
      key.ended(error)
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <div className="panel-scroll import-body">
        <fieldset className="import-set">
          <legend>{t('import.datum')}</legend>
          <Radio.Group value={settings.datum} vertical
            onChange={(e) => onSettings({ ...settings, datum: e.target.value })}
            options={datums.map((d) => ({ value: d, label: t(`import.datum.${d}`) }))} />
          <Checkbox checked={settings.swap} onChange={(e) => onSettings({ ...settings, swap: e.target.checked })}>
            {t('import.swap')}
          </Checkbox>
        </fieldset>
        {!preview && problem === null && <Waiting rows={3} />}
        {preview && <Counts preview={preview} />}
        {preview && preview.faults.length > 0 && <FaultList faults={preview.faults} total={preview.faulty} />}
        {problem !== null && <Trouble error={problem} />}
        <fieldset className="import-set">
          <legend>{t('import.mode')}</legend>
          <Radio.Group value={settings.mode} vertical
            onChange={(e) => onSettings({ ...settings, mode: e.target.value })}
            options={[
              { value: 'good', label: t('import.mode.good') },
              { value: 'all', label: t('import.mode.all') },
            ]} />
        </fieldset>
      </div>
      <footer className="panel-foot">
        <Button onClick={p.onBack}>{t('do.back')}</Button>
        <Button type="primary" loading={busy} disabled={!preview} onClick={() => void run()}>
          {t('import.run', { n: count(upload.rows) })}
        </Button>
      </footer>
    </>
  )
}

function Counts({ preview }: { preview: ImportPreview }) {
  const { t } = useSpeech()
  const figure = (n: number, word: string, bad = false) => (
    <div data-bad={bad && n > 0}><dt>{word}</dt><dd className="num">{count(n)}</dd></div>
  )
  return (
    <>
      <dl className="import-counts">
        {figure(preview.located, t('import.located'))}
        {figure(preview.missing, t('import.missing'))}
        {figure(preview.faulty, t('import.faulty'), true)}
      </dl>
      {preview.swapped > 0 && (
        <p className="compare-broken"><TriangleAlert size={15} aria-hidden />{t('import.swapped', { n: preview.swapped })}</p>
      )}
      {preview.far > 0 && (
        <p className="compare-broken"><TriangleAlert size={15} aria-hidden />{t('import.far', { n: preview.far })}</p>
      )}
    </>
  )
}
