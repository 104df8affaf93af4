import { useEffect, useState } from 'react'
import { Modal } from 'antd'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'

const keys: [string[], Key][] = [
  [['Ctrl', 'K'], 'keys.search'],
  [['?'], 'keys.help'],
  [['Esc'], 'keys.close'],
  [['Enter'], 'keys.open'],
  [['N'], 'board.key'],
  [['Alt', '↑'], 'keys.up'],
  [['Alt', '↓'], 'keys.down'],
  [['L'], 'keys.lock'],
  [['Del'], 'keys.remove'],
  [['Ctrl', 'Z'], 'keys.undo'],
  [['Ctrl', 'Shift', 'Z'], 'keys.redo'],
]

/** Whether a key press is meant for a field. */
export function typing(event: KeyboardEvent): boolean {
  const el = event.target as HTMLElement | null
  return !!el?.closest('input, textarea, select, [contenteditable], .ant-select, .ant-picker')
}

/** `?` shows what the keys do. */
export function Keys() {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key === '?' && !typing(e)) setOpen(true)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  return (
    <Modal open={open} onCancel={() => setOpen(false)} footer={null} title={t('keys.title')} width={420}>
      <dl className="keys">
        {keys.map(([combo, word]) => (
          <div key={word}>
            <dt>{t(word)}</dt>
            <dd>{combo.map((k) => <kbd key={k}>{k}</kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
