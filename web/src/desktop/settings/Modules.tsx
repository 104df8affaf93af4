import { Popconfirm, Switch } from 'antd'
import { patch } from '../../api/client'
import { useModules } from '../../api/org'
import { useSpeech } from '../../i18n/language'
import { Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

/** Parts of the product that the company uses; off hides menus and refuses the API. */
export default function Modules() {
  const { t, lookup } = useSpeech()
  const modules = useModules()
  const { run, busy } = useCommand('modules', 'me')
  if (modules.isPending) return <Waiting />
  if (modules.isError) return <Trouble error={modules.error} retry={() => void modules.refetch()} />
  return (
    <div className="desk-card">
      <p>{t('org.modulesHint')}</p>
      <ul className="desk-list">
        {modules.data.map((m) => {
          const word = lookup(`org.group.${m.code}`) ?? lookup(`org.module.${m.code}`) ?? m.code
          const flip = (on: boolean) => void run(() => patch(`/v1/modules/${m.code}`, { on }))
          return (
            <li key={m.code}>
              <span className="grow">{word}</span>
              {m.on ? (
                <Popconfirm title={t('org.offModule', { name: word })} okText={t('org.switchOff')}
                  cancelText={t('do.cancel')} onConfirm={() => flip(false)}>
                  <Switch checked loading={busy} aria-label={word} />
                </Popconfirm>
              ) : <Switch checked={false} loading={busy} aria-label={word} onChange={() => flip(true)} />}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
