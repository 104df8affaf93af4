import { useMemo, useState } from 'react'
import { Steps } from 'antd'
import { usePeople } from '../../api/queries'
import { useSpeech } from '../../i18n/language'
import { CustomerLayer } from '../../map/customers'
import { Panel } from '../frame/Panel'
import { ColumnsStep } from './ColumnsStep'
import { FileStep } from './FileStep'
import { PlacesStep } from './PlacesStep'
import { PreviewDots } from './PreviewDots'
import { ReportStep } from './ReportStep'
import type { ImportPreview, ImportSettings, Upload } from './types'

const everybody = {}

/** Customers from a sheet: file, columns, places on the map, report. */
export default function ImportPage() {
  const { t } = useSpeech()
  const people = usePeople()
  const [step, setStep] = useState(0)
  const [upload, setUpload] = useState<Upload | null>(null)
  const [settings, setSettings] = useState<ImportSettings | null>(null)
  const [preview, setPreview] = useState<ImportPreview | null>(null)
  const [job, setJob] = useState<number | null>(null)
  const steps = useMemo(
    () => (['file', 'columns', 'places', 'report'] as const).map((s) => ({ title: t(`import.${s}`) })),
    [t],
  )
  const restart = () => {
    setStep(0)
    setUpload(null)
    setSettings(null)
    setPreview(null)
    setJob(null)
  }
  return (
    <>
      <Panel title={t('nav.importCustomers')} label={t('nav.importCustomers')}>
        <Steps className="import-steps" size="small" current={step} items={steps} titlePlacement="vertical" />
        {step === 0 && (
          <FileStep onUpload={(u) => {
            setUpload(u)
            setSettings({ columns: u.suggested, datum: 'wgs84', swap: false, mode: 'good' })
            setStep(1)
          }} />
        )}
        {step === 1 && upload && settings && (
          <ColumnsStep upload={upload} settings={settings} onSettings={setSettings}
            onBack={restart} onNext={() => setStep(2)} />
        )}
        {step === 2 && upload && settings && (
          <PlacesStep upload={upload} settings={settings} onSettings={setSettings} preview={preview}
            onPreview={setPreview} onBack={() => setStep(1)} onStarted={(id) => {
              setJob(id)
              setStep(3)
            }} />
        )}
        {step === 3 && upload && job !== null && (
          <ReportStep upload={upload} job={job} onRestart={restart}
            onBack={() => setStep(2)} />
        )}
      </Panel>
      <CustomerLayer filter={everybody} by="owner" people={people.data ?? []} selected={null} faded
        revision={step === 3 ? (job ?? 0) : 0} />
      {step === 2 && preview && <PreviewDots rows={preview.rows} />}
    </>
  )
}
