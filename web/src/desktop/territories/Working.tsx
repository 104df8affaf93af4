import { useEffect } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Progress } from 'antd'
import { get, remove } from '../../api/client'
import type { Job } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'

const over = ['done', 'failed', 'cancelled', 'interrupted']

/** The progress of long work on a scenario, with the best deviation so far, and its end. */
export function Working({ id, onEnd }: { id: number; onEnd: () => void }) {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const job = useQuery({
    queryKey: ['job', id],
    queryFn: () => get<Job>(`/v1/jobs/${id}`),
    refetchInterval: 500,
  })
  const state = job.data?.state ?? ''
  useEffect(() => {
    if (!over.includes(state)) return
    if (state === 'failed') void message.error(job.data?.failure?.message ?? t('areas.failed'))
    void client.invalidateQueries({ queryKey: ['territory'] })
    onEnd()
  }, [state, client, onEnd, job.data, message, t])
  const share = job.data && job.data.total > 0 ? Math.round((100 * job.data.done) / job.data.total) : 0
  const [step = 'cut', deviation = ''] = (job.data?.note || 'cut').split(' ')
  return (
    <div className="areas-working" role="status">
      <Progress percent={share} size="small" />
      <span>{t('areas.working', { step: t(`areas.step.${step}` as Key), deviation: deviation || '–' })}</span>
      <Button size="small" onClick={() => void remove(`/v1/jobs/${id}`)}>{t('areas.cancel')}</Button>
    </div>
  )
}
