import { useMemo, useState } from 'react'
import { Alert, App, Form, Input, Modal, Select } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { commandKey } from '../../api/client'
import { sendMessages, useUsableChannels } from '../../api/messaging'
import type { Customer } from '../../api/types'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { Trouble, Waiting } from '../states'

interface Values { channel: number; contact?: string; subject?: string; text: string }

/** Reaches customers through a channel of the company: one, whose contact may be chosen, or a list. */
export function SendMessage({ customer, total = 1, ids, onClose }: {
  customer?: Customer
  total?: number
  /** Those of a list; read when the message is sent. */
  ids?: () => Promise<number[]>
  onClose: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const channels = useUsableChannels()
  const [form] = Form.useForm<Values>()
  const channel = Form.useWatch('channel', form)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const key = useMemo(commandKey, [])
  const kind = channels.data?.find((c) => c.id === channel)?.kind
  const reachable = (customer?.contacts ?? []).filter((p) => (kind === 'mail' ? p.email : p.phone))
  const finish = async (v: Values) => {
    setBusy(true)
    setProblem(null)
    try {
      const customer_ids = customer ? [customer.id] : await (ids?.() ?? Promise.resolve([]))
      const done = await sendMessages({
        channel_id: v.channel, customer_ids, text: v.text, contact: v.contact,
        subject: kind === 'mail' ? v.subject : undefined,
      }, key)
      const left = done.unreachable_ids.length
      void message.info([t('msg.taken', { n: count(done.message_ids.length) }),
        ...(left > 0 ? [t('msg.unreachable', { n: count(left) })] : [])].join(' · '))
      for (const stale of ['timeline', 'message-log']) void client.invalidateQueries({ queryKey: [stale] })
      onClose()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  const required = [{ required: true, whitespace: true, message: t('form.required') }]
  return (
    <Modal open title={customer ? t('msg.sendTo', { name: customer.name }) : t('msg.sendToMany', { n: count(total) })}
      onCancel={onClose} onOk={form.submit} okText={t('msg.send')} cancelText={t('do.cancel')} confirmLoading={busy}
      okButtonProps={{ disabled: !channels.data?.length }}>
      {channels.isPending && <Waiting rows={2} />}
      {channels.isError && <Trouble error={channels.error} retry={() => void channels.refetch()} />}
      {channels.data?.length === 0 && <Alert type="info" showIcon title={t('msg.noChannel')} />}
      {(channels.data?.length ?? 0) > 0 && (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void finish(v)}
          initialValues={{ channel: channels.data?.[0]?.id, text: '' }}
          onValuesChange={(v: Partial<Values>) => v.channel && form.setFieldValue('contact', undefined)}>
          <Form.Item name="channel" label={t('msg.channel')} rules={[{ required: true }]}>
            <Select options={channels.data?.map((c) => ({ value: c.id, label: c.name }))} />
          </Form.Item>
          {reachable.length > 0 && (
            <Form.Item name="contact" label={t('msg.contact')}>
              <Select allowClear placeholder={t('msg.anyContact')} options={reachable.map((p) => ({
                value: p.name, label: `${p.name} · ${(kind === 'mail' ? p.email : p.phone) ?? ''}`,
              }))} />
            </Form.Item>
          )}
          {kind === 'mail' && (
            <Form.Item name="subject" label={t('msg.subject')} rules={required}><Input maxLength={120} /></Form.Item>
          )}
          <Form.Item name="text" label={t('msg.text')} rules={required}>
            <Input.TextArea rows={4} maxLength={1000} showCount />
          </Form.Item>
          {problem !== null && <Alert type="error" showIcon role="alert" title={sentence(problem, lookup, language)} />}
        </Form>
      )}
    </Modal>
  )
}
