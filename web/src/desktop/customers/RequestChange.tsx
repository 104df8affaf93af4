import { useCallback, useEffect, useState } from 'react'
import { App, Button, Modal } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { refresh } from '../../api/book'
import type { Customer } from '../../api/types'
import { ChangeForm } from '../../book/ChangeForm'
import type { LonLat } from '../../geo/datum'
import { useSpeech } from '../../i18n/language'
import { PlacePin } from '../PlacePin'

const hint = 'click-map' // the message that says so

/** The request for a change at the desk. It steps aside while its place is chosen on the map. */
export function RequestChange({ customer: c, onPlacing, onClose }: {
  customer: Customer
  /** Tells the map to leave clicks to the pin; without it the place is typed. */
  onPlacing?: (on: boolean) => void
  onClose: () => void
}) {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [answer, setAnswer] = useState<((at: LonLat | null) => void) | null>(null)
  const placing = answer !== null
  const choose = () => new Promise<LonLat | null>((done) => {
    setAnswer(() => (at: LonLat | null) => {
      setAnswer(null)
      done(at)
    })
  })
  const placed = useCallback((at: LonLat) => answer?.(at), [answer])
  useEffect(() => {
    if (!answer) return
    onPlacing?.(true)
    void message.open({
      key: hint, duration: 0,
      content: (
        <span>{t('form.clickMap')}{' '}
          <Button type="link" size="small" onClick={() => answer(null)}>{t('do.cancel')}</Button></span>
      ),
    })
    const press = (e: KeyboardEvent) => {
      if (e.key !== 'Escape') return
      e.stopImmediatePropagation() // it would close the card, and the form with it
      answer(null)
    }
    addEventListener('keydown', press, true)
    return () => {
      removeEventListener('keydown', press, true)
      message.destroy(hint)
      onPlacing?.(false)
    }
  }, [answer, message, onPlacing, t])
  return (
    <>
      <Modal open={!placing} title={`${t('book.change')} · ${c.name}`} footer={null} width={720} onCancel={onClose}
        className="change-desk">
        <ChangeForm customer={c} locate={onPlacing && choose} locateWord={t('book.onMap')} onSent={() => {
          onClose()
          refresh(client)
          void message.success(t('book.sent'))
        }} />
      </Modal>
      {placing && <PlacePin place={c.position} onPlace={placed} label={c.name} />}
    </>
  )
}
