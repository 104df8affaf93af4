import { useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { Button, Modal, Spin } from 'antd'
import { Download, Printer } from 'lucide-react'
import { usePeople } from '../../api/queries'
import { useSpeech } from '../../i18n/language'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { useFilter } from '../customers/filter'
import { marks } from '../customers/marks'
import { creditsOf, drawSheet, pictureOf } from './sheet'

/** The view of the map with its legend, to print or to keep as a picture. */
export function PrintSheet({ onClose }: { onClose: () => void }) {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const stage = useStage()
  const people = usePeople()
  const { by } = useFilter()
  const [picture, setPicture] = useState('')
  const sheet = useRef({
    title: me.company.name, date: me.business_day,
    legend: marks(by, people.data ?? [], lookup),
  })
  useEffect(() => {
    if (!stage) return
    let gone = false
    void pictureOf(stage.map).then((map) => {
      if (!gone) setPicture(drawSheet(map, { ...sheet.current, attribution: creditsOf(stage.map) }))
    })
    return () => {
      gone = true
    }
  }, [stage])
  const print = () => {
    const after = () => document.body.classList.remove('printing')
    addEventListener('afterprint', after, { once: true })
    document.body.classList.add('printing')
    window.print()
  }
  return (
    <Modal open title={t('print.title')} footer={null} onCancel={onClose} width={900}>
      {picture ? <img className="print-sheet" src={picture} alt={t('print.title')} />
        : <div className="centre" style={{ height: 300 }}><Spin /></div>}
      <div className="print-tools">
        <Button icon={<Download size={15} aria-hidden />} disabled={!picture} href={picture || undefined}
          download={`beatplan-${me.business_day}.png`}>{t('print.png')}</Button>
        <Button type="primary" icon={<Printer size={15} aria-hidden />} disabled={!picture} onClick={print}>
          {t('print.print')}
        </Button>
      </div>
      {picture && createPortal(
        <div className="print-page"><img src={picture} alt="" style={{ width: '100%' }} /></div>,
        document.body,
      )}
    </Modal>
  )
}
