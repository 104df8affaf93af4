import { useRef, useState, type DragEvent } from 'react'
import { Button } from 'antd'
import { Download, FileSpreadsheet } from 'lucide-react'
import { fileLink, request } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { Trouble } from '../states'
import type { Upload } from './types'

/** Picks a CSV or XLSX file, by click or by dropping it here. */
export function FileStep({ onUpload }: { onUpload: (u: Upload) => void }) {
  const { t } = useSpeech()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const send = async (file: File | undefined) => {
    if (!file) return
    setBusy(true)
    setProblem(null)
    try {
      onUpload(await request<Upload>('POST', '/v1/customer-imports', {
        query: { name: file.name }, raw: file, headers: { 'Content-Type': 'application/octet-stream' },
      }))
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  const drop = (e: DragEvent) => {
    e.preventDefault()
    setOver(false)
    void send(e.dataTransfer.files[0])
  }
  return (
    <div className="panel-scroll import-body">
      <div className="import-drop" data-over={over} onDragLeave={() => setOver(false)} onDrop={drop}
        onDragOver={(e) => {
          e.preventDefault()
          setOver(true)
        }}>
        <FileSpreadsheet size={34} aria-hidden />
        <p>{t('import.drop')}</p>
        <Button type="primary" loading={busy} onClick={() => input.current?.click()}>{t('import.choose')}</Button>
        <input ref={input} type="file" accept=".csv,.xlsx,text/csv" className="sr-only" tabIndex={-1}
          aria-label={t('import.choose')} onChange={(e) => {
            void send(e.target.files?.[0])
            e.target.value = ''
          }} />
      </div>
      {problem !== null && <Trouble error={problem} />}
      <h2 className="import-label">{t('import.template')}</h2>
      <p className="quiet">{t('import.templateHint')}</p>
      <div className="alert-actions">
        {(['xlsx', 'csv'] as const).map((kind) => (
          <Button key={kind} icon={<Download size={15} aria-hidden />}
            href={fileLink(`/v1/customers/template.${kind}`)} download>
            {kind.toUpperCase()}
          </Button>
        ))}
      </div>
    </div>
  )
}
