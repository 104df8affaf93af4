import { App, Input } from 'antd'
import { useSpeech } from '../i18n/language'

interface Question {
  title: string
  /** What is asked for. */
  words: string
  ok: string
  /** May be left empty. */
  optional?: boolean
  danger?: boolean
  /** The question stays when this fails. */
  onOk: (reason: string) => Promise<unknown>
}

/** Asks to confirm a command, and why. */
export function useReason() {
  const { t } = useSpeech()
  const { modal } = App.useApp()
  return ({ title, words, ok, optional = false, danger = false, onOk }: Question) => {
    let reason = ''
    const state = () => ({ danger, disabled: !optional && !reason })
    const asked = modal.confirm({
      title, okText: ok, cancelText: t('do.close'), okButtonProps: state(), onOk: () => onOk(reason),
      content: <Input autoFocus maxLength={500} placeholder={words} aria-label={words} onChange={(e) => {
        reason = e.target.value.trim()
        asked.update({ okButtonProps: state() })
      }} />,
    })
  }
}
