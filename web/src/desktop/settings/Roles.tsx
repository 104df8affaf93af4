import { useMemo, useState } from 'react'
import { Button, Input, Popconfirm, Select } from 'antd'
import { Plus, RotateCcw } from 'lucide-react'
import { patch, post } from '../../api/client'
import type { RoleRow } from '../../api/org'
import { useRoles } from '../../api/queries'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

const reaches = ['own', 'team', 'led', 'subtree', 'all'] as const
const bases = ['manager', 'dispatcher', 'salesperson', 'keeper'] as const

/** What each role may do and whose rows it sees; a tick holds for everybody at once. */
export default function Roles() {
  const { t, language } = useSpeech()
  const roles = useRoles()
  const { run, busy } = useCommand('roles', 'me')
  const permissions = useMemo(
    () => roles.data?.find((r) => r.code === 'admin')?.permissions ?? [], [roles.data],
  )
  if (roles.isPending) return <Waiting />
  if (roles.isError) return <Trouble error={roles.error} retry={() => void roles.refetch()} />
  const change = (role: RoleRow, body: Record<string, unknown>) =>
    void run(() => patch(`/v1/roles/${role.code}`, body, { version: role.version }))
  const toggle = (role: RoleRow, p: string, on: boolean) =>
    change(role, { permissions: on ? [...role.permissions, p] : role.permissions.filter((x) => x !== p) })
  return (
    <>
      <p className="quiet">{t('org.rolesHint')}</p>
      <div className="grid-scroll" tabIndex={0} role="region" aria-label={t('org.roles')}>
        <table className="grid">
          <thead>
            <tr>
              <th scope="col"><span className="sr-only">{t('org.permission')}</span></th>
              {roles.data.map((r) => (
                <th key={r.code} scope="col">
                  <div>{(language === 'zh' && r.name_zh) || r.name}</div>
                  <small className="quiet">{t('people.members', { n: r.people })}</small>
                </th>
              ))}
            </tr>
            <tr>
              <th scope="row">{t('org.reach')}</th>
              {roles.data.map((r) => (
                <td key={r.code}>
                  <Select size="small" value={r.reach} disabled={r.base === 'admin' || busy}
                    popupMatchSelectWidth={false} aria-label={`${t('org.reach')} ${r.name}`}
                    options={reaches.map((x) => ({ value: x, label: t(`org.reach.${x}`) }))}
                    onChange={(reach) => change(r, { reach })} />
                </td>
              ))}
            </tr>
          </thead>
          <Matrix roles={roles.data} permissions={permissions} busy={busy} onToggle={toggle} />
          <tfoot>
            <tr>
              <th scope="row">{t('org.asBase')}</th>
              {roles.data.map((r) => (
                <td key={r.code}>
                  {r.base !== 'admin' && !r.default && (
                    <Popconfirm title={t('org.asBaseSure', { name: (language === 'zh' && r.name_zh) || r.name })}
                      okText={t('org.asBase')} cancelText={t('do.cancel')}
                      onConfirm={() => change(r, { permissions: null })}>
                      <Button size="small" icon={<RotateCcw size={13} aria-hidden />} title={t('org.asBase')}
                        aria-label={`${t('org.asBase')} ${(language === 'zh' && r.name_zh) || r.name}`} />
                    </Popconfirm>
                  )}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      </div>
      <NewRole busy={busy} onCreate={(body) => run(() => post('/v1/roles', body))} />
    </>
  )
}

/** What one does first stands first: to see before to change, to give away last. */
const verbs = ['read', 'write', 'publish', 'review', 'collect', 'send', 'import', 'export', 'delete']
const rank = (p: string) => verbs.indexOf(p.split('.')[1] ?? '') + 1 || verbs.length + 1

function Matrix({ roles, permissions, busy, onToggle }: {
  roles: RoleRow[]
  permissions: readonly string[]
  busy: boolean
  onToggle: (role: RoleRow, p: string, on: boolean) => void
}) {
  const { lookup, language } = useSpeech()
  const groups = [...new Set(permissions.map((p) => p.split('.')[0] ?? p))]
  return (
    <>
      {groups.map((g) => (
        <tbody key={g}>
          <tr className="group"><th scope="rowgroup" colSpan={roles.length + 1}>{lookup(`org.group.${g}`) ?? g}</th></tr>
          {permissions.filter((p) => p.split('.')[0] === g).sort((a, b) => rank(a) - rank(b)).map((p) => {
            const verb = p.split('.')[1] ?? ''
            const word = lookup(`org.verb.${verb}`) ?? verb
            return (
              <tr key={p}>
                <th scope="row">{word}</th>
                {roles.map((r) => (
                  <td key={r.code}>
                    <label>
                      <input type="checkbox" checked={r.permissions.includes(p)}
                        disabled={r.base === 'admin' || busy}
                        aria-label={`${(language === 'zh' && r.name_zh) || r.name}: ${lookup(`org.group.${g}`) ?? g} ${word}`}
                        onChange={(e) => onToggle(r, p, e.target.checked)} />
                    </label>
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      ))}
    </>
  )
}

function NewRole({ busy, onCreate }: {
  busy: boolean
  onCreate: (body: Record<string, unknown>) => Promise<boolean>
}) {
  const { t } = useSpeech()
  const [name, setName] = useState('')
  const [zh, setZh] = useState('')
  const [base, setBase] = useState<(typeof bases)[number]>('salesperson')
  const code = name.trim().toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40)
  const fits = /^[a-z][a-z0-9-]{1,39}$/.test(code)
  return (
    <form className="desk-card" style={{ marginTop: 16 }} onSubmit={(e) => {
      e.preventDefault()
      if (!fits) return
      void onCreate({ code, name: name.trim(), name_zh: zh.trim(), base, reach: 'own' })
        .then((done) => {
          if (!done) return
          setName('')
          setZh('')
        })
    }}>
      <h2>{t('org.newRole')}</h2>
      <p>{t('org.newRoleHint')}</p>
      <div className="desk-form">
        <Input value={name} maxLength={80} onChange={(e) => setName(e.target.value)}
          placeholder={t('org.roleName')} aria-label={t('org.roleName')} />
        <Input value={zh} maxLength={80} onChange={(e) => setZh(e.target.value)}
          placeholder={t('org.roleNameZh')} aria-label={t('org.roleNameZh')} />
        <Select value={base} onChange={setBase} style={{ width: 160 }} aria-label={t('org.base')}
          options={bases.map((b) => ({ value: b, label: t(`role.${b}` as Key) }))} />
        <Button htmlType="submit" disabled={!fits} loading={busy} icon={<Plus size={15} aria-hidden />}>
          {t('do.add')}
        </Button>
      </div>
    </form>
  )
}
