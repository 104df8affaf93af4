import { useRef, useState } from 'react'
import { App, Button, Dropdown, Form, Input, Modal, Select } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { post } from '../../api/client'
import { useFormsOnly } from '../../api/archive'
import { putPhoto, refresh } from '../../api/book'
import { useColleagues } from '../../api/queries'
import type { Customer } from '../../api/types'
import { commandKey, fieldsOf, NoSuchNumber, send, startOf, type Action, type Values } from '../../book/actions'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { useSelection } from '../selection'
import { RequestChange } from './RequestChange'
import { SendMessage } from './SendMessage'

/** What one may start from a customer's card: each form knows the customer. */
export function QuickActions({ customer: c, onPlacing }: {
  customer: Customer
  /** A place is being chosen on the map, or no more. */
  onPlacing?: (on: boolean) => void
}) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const client = useQueryClient()
  const { message, modal } = App.useApp()
  const file = useRef<HTMLInputElement>(null)
  const [open, setOpen] = useState<Action | null>(null)
  const [writing, setWriting] = useState(false)
  const [asking, setAsking] = useState(false)
  const closed = useFormsOnly()
  const mine = may('customers.write') && c.origin !== 'shared'
  const actions: Action[] = [
    ...(may('approvals.read') && mine ? ['transfer'] as Action[] : []),
    ...(may('customers.write') ? ['problem', 'note'] as Action[] : []),
    ...(may('customers.delete') && mine ? ['merge'] as Action[] : []),
  ]
  const release = () => modal.confirm({
    title: t('crm.releaseAsk', { name: c.name }), content: t('crm.releaseHint'), okText: t('crm.release'),
    okButtonProps: { danger: true }, cancelText: t('do.cancel'),
    onOk: async () => {
      try {
        await post(`/v1/customers/${c.id}/release`, {})
        refresh(client)
        void message.info(t('crm.released', { name: c.name }))
      } catch (error) {
        void message.error(sentence(error, lookup, language))
      }
    },
  })
  const items = [
    ...(may('approvals.read') ? [{ key: 'change', label: t('book.change'), onClick: () => setAsking(true) }] : []),
    ...actions.map((a) => ({ key: a, label: t(`book.${a}` as Key), danger: a === 'merge', onClick: () => setOpen(a) })),
    ...(may('messages.send') ? [{ key: 'message', label: t('msg.send'), onClick: () => setWriting(true) }] : []),
    ...(mine && !closed && c.owner_id !== null ? [{ key: 'release', label: t('crm.release'), danger: true, onClick: release }] : []),
    ...(mine ? [{ key: 'photo', label: t('book.photo'), onClick: () => file.current?.click() }] : []),
  ]
  if (items.length === 0) return null
  const send = async (picked: File | undefined) => {
    if (!picked) return
    try {
      refresh(client, await putPhoto(c.id, picked, 'desk'))
      void message.success(t('book.photoSaved'))
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
  }
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']}>
        <Button icon={<Ellipsis size={16} aria-hidden />} aria-label={t('book.more')} />
      </Dropdown>
      <input ref={file} type="file" hidden accept="image/jpeg,image/png,image/webp" aria-label={t('book.photo')}
        onChange={(e) => {
          void send(e.target.files?.[0])
          e.target.value = ''
        }} />
      {writing && <SendMessage customer={c} onClose={() => setWriting(false)} />}
      {asking && <RequestChange customer={c} onPlacing={onPlacing} onClose={() => setAsking(false)} />}
      {open && <ActionForm action={open} customer={c} onClose={() => setOpen(null)} />}
    </>
  )
}

function ActionForm({ action, customer: c, onClose }: {
  action: Action
  customer: Customer
  onClose: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const { message } = App.useApp()
  const { select } = useSelection()
  const people = useColleagues()
  const [form] = Form.useForm<Values>()
  const [key] = useState(commandKey)
  const [busy, setBusy] = useState(false)
  const finish = async (values: Values) => {
    setBusy(true)
    try {
      const other = await send(action, c, values, key)
      refresh(client, other)
      if (other) select(other.id)
      void message.success(other ? t('book.mergeDone', { name: other.name })
        : t(action === 'transfer' ? 'book.sent' : 'book.saved'))
      onClose()
    } catch (error) {
      void message.error(error instanceof NoSuchNumber
        ? t('book.noNumber', { n: error.message }) : sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open title={`${t(`book.${action}` as Key)} · ${c.name}`} onCancel={onClose} onOk={form.submit}
      okText={t('book.send')} cancelText={t('do.cancel')} confirmLoading={busy}
      okButtonProps={{ danger: action === 'merge' }}>
      {action === 'merge' && <p>{t('book.mergeHint')}</p>}
      <Form form={form} layout="vertical" initialValues={startOf(action, c)} requiredMark={false}
        onFinish={(v) => void finish(v)}>
        {fieldsOf(action, people.data ?? [], t).map((f) => (
          <Form.Item key={f.name} name={f.name} label={t(f.word)} rules={[{ required: f.required }]}>
            {f.choices ? <Select options={f.choices} showSearch={{ optionFilterProp: 'label' }} />
              : f.long ? <Input.TextArea rows={3} maxLength={500} /> : <Input />}
          </Form.Item>
        ))}
      </Form>
    </Modal>
  )
}
