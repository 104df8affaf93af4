import { Button, Popover } from 'antd'
import { DoorOpen, LogIn, LogOut } from 'lucide-react'
import { clock } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useCrossings, type Crossing } from '../../map/ReplayLayers'
import { useSession } from '../../session/session'
import { Trouble } from '../states'

/** When somebody came to sites and territories and left; a row moves the replay there. */
export function Crossings({ person, date, onPick }: {
  person: number
  date: string
  onPick: (at: number) => void
}) {
  const { t } = useSpeech()
  const crossings = useCrossings(person, date)
  if (!crossings.data?.length && !crossings.isError) return null
  const list = crossings.isError
    ? <Trouble error={crossings.error} retry={() => void crossings.refetch()} />
    : <List rows={crossings.data} onPick={onPick} />
  return (
    <Popover trigger="click" placement="topRight" title={t('fence.title')} content={list}>
      <Button size="small" icon={<DoorOpen size={13} aria-hidden />}>
        {t('fence.count', { n: crossings.data?.length ?? 0 })}
      </Button>
    </Popover>
  )
}

function List({ rows, onPick }: { rows: Crossing[]; onPick: (at: number) => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  return (
    <ol className="crossings">
      {rows.map((c) => {
        const Sign = c.entered ? LogIn : LogOut
        const name = c.name || t('fence.hidden')
        const words = t(c.entered ? 'fence.entered' : 'fence.left')
        return (
          <li key={`${c.at}-${c.kind}-${c.id}`}>
            <button type="button" onClick={() => onPick(Date.parse(c.at))}>
              <span className="num">{clock(c.at, me.timezone)}</span>
              <Sign size={14} aria-label={words} />
              <span>{c.kind === 'territory' ? t('fence.territory', { name }) : name}</span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
