import { useState } from 'react'
import { App, Button, Checkbox, Input, Popover, Segmented, Select } from 'antd'
import { Bookmark, Columns3, Table2, Trash2 } from 'lucide-react'
import { commandKey, post, put, queryString, remove } from '../../api/client'
import { useViews, type CustomerView } from '../../api/archive'
import { columns, columnWord, readColumns, usualColumns, type Column } from '../../book/cells'
import { useSpeech } from '../../i18n/language'
import { useCommand } from '../settings/useCommand'
import { useUrl } from '../url'
import { filterNames, useFilter } from './filter'

/** What the address says of views: which is open, the columns, list or table. */
export function useShown() {
  const { params, set } = useUrl()
  const chosen = readColumns(params.get('cols'))
  return {
    view: Number(params.get('view')) || null,
    chosen,
    columns: chosen.length > 0 ? chosen : usualColumns,
    table: params.get('list') === 'table',
    set,
  }
}

/** The parameters that opening a view sets; everything that it does not name is cleared. */
export function addressOf(v: CustomerView): Record<string, string | number | null> {
  const asked = new URLSearchParams(v.query)
  return {
    ...Object.fromEntries(filterNames.map((n) => [n, asked.get(n)])),
    sort: v.sort === 'name' ? null : v.sort, cols: v.columns?.join(',') || null, view: v.id,
  }
}

/** Saved views, the columns, list or table: one line under the filters. */
export function ViewsBar() {
  const { t } = useSpeech()
  const views = useViews()
  const { clear } = useFilter()
  const { view, table, set } = useShown()
  const all = views.data ?? []
  const group = (mine: boolean) => all.filter((v) => v.mine === mine)
    .map((v) => ({ value: v.id, label: mine ? v.name : `${v.name} · ${v.by_name}` }))
  const options = [
    { label: t('crm.views.mine'), options: group(true) }, { label: t('crm.views.shared'), options: group(false) },
  ].filter((g) => g.options.length > 0)
  const open = (id: number | undefined) => {
    const v = all.find((o) => o.id === id)
    if (v) return set(addressOf(v))
    clear()
    set({ view: null, cols: null, sort: null })
  }
  return (
    <div className="filters-row views-bar">
      <Select size="small" allowClear className="grow" value={all.some((v) => v.id === view) ? view : null}
        placeholder={t('crm.views')} aria-label={t('crm.views.open')} options={options} popupMatchSelectWidth={false}
        notFoundContent={t('crm.views.none')} onChange={open} />
      <SaveView open={all.find((v) => v.id === view)} />
      <ChooseColumns />
      <Button size="small" icon={<Table2 size={15} aria-hidden />} aria-label={t('crm.table')} title={t('crm.table')}
        aria-pressed={table} type={table ? 'primary' : 'default'} ghost={table}
        onClick={() => set({ list: table ? null : 'table' })} />
    </div>
  )
}

/** Keeps the present filter, order and columns by name, or in the open view of one's own. */
function SaveView({ open: at }: { open?: CustomerView }) {
  const { t } = useSpeech()
  const { message, modal } = App.useApp()
  const { filter, sort } = useFilter()
  const { chosen, set } = useShown()
  const { run, busy } = useCommand('views')
  const [shown, setShown] = useState(false)
  const [key, setKey] = useState(commandKey)
  const [name, setName] = useState('')
  const [shared, setShared] = useState<CustomerView['shared']>('me')
  const mine = at?.mine ? at : undefined
  const start = (yes: boolean) => {
    setShown(yes)
    setKey(commandKey())
    setName(mine?.name ?? '')
    setShared(mine?.shared ?? 'me')
  }
  const body = { name: name.trim(), query: queryString(filter).slice(1), sort, columns: chosen, shared }
  const keep = (replace?: CustomerView) => void run(async () => {
    const v = replace
      ? await put<CustomerView>(`/v1/customer-views/${replace.id}`, body, { version: replace.version })
      : await post<CustomerView>('/v1/customer-views', body, { key })
    set({ view: v.id })
    setShown(false)
    void message.info(t('crm.views.saved', { name: v.name }))
  })
  const forget = (v: CustomerView) => modal.confirm({
    title: t('crm.views.forgetAsk', { name: v.name }), content: t('crm.views.forgetHint'),
    okText: t('do.remove'), okButtonProps: { danger: true }, cancelText: t('do.cancel'),
    onOk: () => run(async () => {
      await remove(`/v1/customer-views/${v.id}`)
      set({ view: null })
      setShown(false)
    }),
  })
  const form = (
    <form className="filters-more views-form" onSubmit={(e) => {
      e.preventDefault()
      keep(mine && mine.name === name.trim() ? mine : undefined)
    }}>
      <p className="quiet">{t('crm.views.saveHint')}</p>
      <label className="field"><span>{t('crm.views.name')}</span>
        <Input value={name} maxLength={80} autoFocus onChange={(e) => setName(e.target.value)} />
      </label>
      <div className="field"><span>{t('crm.views.for')}</span>
        <Segmented size="small" value={shared} aria-label={t('crm.views.for')} onChange={setShared}
          options={(['me', 'team', 'company'] as const).map((v) => ({ value: v, label: t(`crm.views.${v}`) }))} />
      </div>
      <div className="views-acts">
        {mine && (
          <Button danger type="text" icon={<Trash2 size={15} aria-hidden />} aria-label={t('crm.views.forget')}
            onClick={() => forget(mine)} />
        )}
        <Button type="primary" htmlType="submit" loading={busy} disabled={name.trim() === ''}>
          {t(mine && mine.name === name.trim() ? 'crm.views.replace' : 'crm.views.save')}
        </Button>
      </div>
    </form>
  )
  return (
    <Popover trigger="click" placement="bottomRight" open={shown} onOpenChange={start} content={form} destroyOnHidden>
      <Button size="small" icon={<Bookmark size={15} aria-hidden />} aria-label={t('crm.views.save')} title={t('crm.views.save')} />
    </Popover>
  )
}

function ChooseColumns() {
  const { t } = useSpeech()
  const { chosen, columns: now, set } = useShown()
  const choose = (list: Column[]) => set({ cols: columns.filter((c) => list.includes(c)).slice(0, 20).join(',') || null })
  return (
    <Popover trigger="click" placement="bottomRight" content={(
      <Checkbox.Group className="views-columns" value={now} onChange={(list) => choose(list as Column[])}
        options={columns.map((c) => ({ value: c, label: t(columnWord(c)) }))} />
    )}>
      <Button size="small" icon={<Columns3 size={15} aria-hidden />} aria-label={t('crm.columns.choose')}
        title={t('crm.columns.choose')} type={chosen.length > 0 ? 'primary' : 'default'} ghost={chosen.length > 0} />
    </Popover>
  )
}
