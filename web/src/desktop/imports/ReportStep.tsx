import { useEffect } from 'react'
import { Button, Progress } from 'antd'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CircleX } from 'lucide-react'
import { useLocation } from 'wouter'
import { get, remove, rows, type Query } from '../../api/client'
import type { Job, Page } from '../../api/types'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { Trouble, Waiting } from '../states'
import { FaultList } from './FaultList'
import type { ImportFault, Upload } from './types'

const over = ['done', 'failed', 'cancelled', 'interrupted']

/** How the import goes, and what became of every row. Leaving the page does not stop it. */
export function ReportStep({ upload, job: id, onRestart, onBack }: {
  upload: Upload
  job: number
  onRestart: () => void
  onBack: () => void
}) {
  const { t } = useSpeech()
  const client = useQueryClient()
  const [, go] = useLocation()
  const job = useQuery({
    queryKey: ['job', id],
    queryFn: () => get<Job>(`/v1/jobs/${id}`),
    refetchInterval: (q) => (over.includes(q.state.data?.state ?? '') ? false : 700),
  })
  const ended = over.includes(job.data?.state ?? '')
  const state = useQuery({
    queryKey: ['import', upload.id, ended],
    queryFn: () => get<Upload>(`/v1/customer-imports/${upload.id}`),
    enabled: ended,
  })
  const faults = useQuery({
    queryKey: ['import-faults', upload.id, ended],
    queryFn: async () =>
      rows(await get<Page<ImportFault>>(`/v1/customer-imports/${upload.id}/faults`, { limit: 100 } as Query)),
    enabled: ended,
  })
  useEffect(() => {
    if (!ended) return
    for (const key of ['customers', 'count', 'facets']) void client.invalidateQueries({ queryKey: [key] })
  }, [ended, client])
  if (job.isPending) return <Waiting rows={3} />
  if (job.isError) return <Trouble error={job.error} retry={() => void job.refetch()} />
  const share = job.data.total > 0 ? Math.round((job.data.done / job.data.total) * 100) : 0
  const made = state.data?.created ?? 0
  return (
    <>
      <div className="panel-scroll import-body">
        {!ended && (
          <>
            <p>{t('import.running', { file: upload.file_name })}</p>
            <Progress percent={share} status="active" strokeColor="var(--accent)" aria-label={t('import.report')} />
            <p className="quiet">{t('import.leave')}</p>
            <Button onClick={() => void remove(`/v1/jobs/${id}`)}>{t('import.cancel')}</Button>
          </>
        )}
        {ended && state.data && (
          <>
            <p className="import-end" data-good={made > 0}>
              {made > 0 ? <CircleCheck size={22} aria-hidden /> : <CircleX size={22} aria-hidden />}
              {t(made > 0 ? 'import.made' : 'import.nothing', { n: count(made) })}
            </p>
            {state.data.refused > 0 && <p>{t('import.refused', { n: count(state.data.refused) })}</p>}
          </>
        )}
        {(faults.data?.length ?? 0) > 0 && (
          <FaultList faults={faults.data ?? []} total={state.data?.refused ?? faults.data?.length ?? 0} />
        )}
      </div>
      {ended && (
        <footer className="panel-foot">
          {made === 0 && <Button onClick={onBack}>{t('do.back')}</Button>}
          <Button onClick={onRestart}>{t('import.another')}</Button>
          <Button type="primary" onClick={() => go('/map')}>{t('command.map')}</Button>
        </footer>
      )}
    </>
  )
}
