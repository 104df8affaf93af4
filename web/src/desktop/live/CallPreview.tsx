import { useState } from 'react'
import { Modal, Segmented } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { commandKey, post } from '../../api/client'
import type { CallPreview as Shown } from '../../api/types'
import { clock, distance, duration } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Trouble, Waiting } from '../states'

/** What of the preview is confirmed. */
export interface Chosen {
  order: number[]
  version: number
}

/** The rest of a person's day with a call, before anything is sent: next, or where it is shortest. */
export function CallPreview({ name, order, call, busy, onConfirm, onClose }: {
  name: string
  order: Record<string, unknown>
  /** A call on the board; without one the order says where to go. */
  call?: number
  busy: boolean
  /** The key stays the same as long as the preview is open, so that trying again sends one call. */
  onConfirm: (chosen: Chosen, key: string) => void
  onClose: () => void
}) {
  const { t } = useSpeech()
  const { me } = useSession()
  const [way, setWay] = useState<'next' | 'best'>('next')
  const [key] = useState(commandKey)
  const shown = useQuery({
    queryKey: ['day', 'preview', call, order],
    queryFn: () => post<Shown>(call ? `/v1/calls/${call}/preview` : '/v1/assignments/preview', order),
  })
  const day = way === 'next' ? shown.data?.current : shown.data?.best
  const confirm = () => {
    if (!shown.data) return
    onConfirm({
      order: way === 'next' ? shown.data.next_order : shown.data.best_order,
      version: shown.data.current.version,
    }, key)
  }
  return (
    <Modal open title={t('call.show', { name })} onCancel={onClose} onOk={confirm} okText={t('call.confirm')}
      cancelText={t('do.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !shown.data }}>
      {shown.isPending && <Waiting rows={4} />}
      {shown.isError && <Trouble error={shown.error} retry={() => void shown.refetch()} />}
      {shown.data && day && (
        <>
          <Segmented block value={way} onChange={setWay} options={[
            { value: 'next', label: `${t('call.next')} · ${duration(shown.data.current.totals.drive_s)}` },
            { value: 'best', label: `${t('call.best')} · ${duration(shown.data.best.totals.drive_s)}` },
          ]} />
          <p className="num">
            {day.timed
              ? t('call.drive', { time: duration(day.totals.drive_s), way: distance(day.totals.distance_m) })
              : t('call.untimed')}
            {way === 'best' && shown.data.unserved.length > 0
              && ` · ${t('call.left', { n: shown.data.unserved.length })}`}
          </p>
          <ol className="call-stops">
            {day.stops.map((s, i) => (
              <li key={s.stop_id || `new-${i}`} data-driven={s.state === 'done' || s.state === 'checked_in'}>
                <span className="num">{s.arrive ? clock(s.arrive, me.timezone) : '–'}</span>
                <span>{s.name}</span>
                {s.stop_id === 0 && <b>{t('call.new')}</b>}
                {s.state === 'done' && <small>{t('call.done')}</small>}
              </li>
            ))}
          </ol>
        </>
      )}
    </Modal>
  )
}
